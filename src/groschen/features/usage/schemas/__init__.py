"""What the endpoints of usage take and give."""
