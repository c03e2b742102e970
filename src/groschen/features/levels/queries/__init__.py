"""The statements of levels."""
