"""What is sold: products, plans in immutable dated versions, and tax rates."""
