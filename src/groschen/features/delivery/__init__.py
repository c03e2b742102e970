"""Delivery: tasks that bring what was ordered to the customer, and the adapters that do them."""
