"""The partner portal: what one partner sees of its own claims and statements."""
