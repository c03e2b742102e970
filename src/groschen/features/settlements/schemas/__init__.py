"""What the endpoints of settlement take and give."""
