"""One module per command; ``groschen.cli`` finds them."""
