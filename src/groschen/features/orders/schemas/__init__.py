"""What the endpoints of quotes and orders take and give."""
