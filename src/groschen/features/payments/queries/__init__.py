"""The statements of payments, by what they are about."""
