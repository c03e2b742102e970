"""What can be done with billables, documents and bill runs."""
