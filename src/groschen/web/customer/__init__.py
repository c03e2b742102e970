"""The customer portal: what one customer sees of its own contracts, credit, usage and invoices."""
