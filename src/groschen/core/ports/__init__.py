"""What the outside world must offer: one protocol per kind of system, adapters implement them."""
