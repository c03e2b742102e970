"""What must hold after every step, besides the audit of the whole database."""
