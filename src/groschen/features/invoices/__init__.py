"""Invoices: what is to be billed, the documents that bill it, their proof and their payment."""
