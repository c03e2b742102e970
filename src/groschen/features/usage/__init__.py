"""Usage: events, the totals they are folded into, what is refused, and the posting of totals."""
