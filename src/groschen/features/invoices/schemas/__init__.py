"""What the endpoints of invoices take and give."""
