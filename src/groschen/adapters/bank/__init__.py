"""Banks: how transfers leave the house and what the bank answers."""
