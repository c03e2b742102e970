"""Orders: quotes, orders with frozen prices, their states, and refunds."""
