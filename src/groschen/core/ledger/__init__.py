"""Double entry: the chart of accounts, journals, and the recipes that make them."""
