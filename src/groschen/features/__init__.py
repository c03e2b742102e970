"""The capabilities of the platform, one folder each; `ORDER` in app.py says who may call whom."""
