"""What sells on the supply of the tenant above: offers, and totals that travel between levels."""
