"""Shared parts of all pages: templates, formats, texts, states and charts."""
