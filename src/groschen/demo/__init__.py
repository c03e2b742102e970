"""The showcases: customers' stories told over the public API, with every figure checked."""
