"""The outside world behind the ports of ``core``: payment providers, banks, delivery targets."""
