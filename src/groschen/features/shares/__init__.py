"""Shares: agreements, their rules, and the one door for totals, share lines and their postings."""
