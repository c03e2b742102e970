"""What settlement does: closing, statements, payout runs, the bank's answers, live claims."""
