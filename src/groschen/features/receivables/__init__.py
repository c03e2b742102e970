"""Receivables: what customers owe, and what was set against it."""
