"""What should come out, in exact fractions. Nothing of the product is used in this package."""
