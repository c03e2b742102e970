"""The statements of usage."""
