"""The statements of wallets."""
