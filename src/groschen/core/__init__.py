"""The rules: pure functions over money, time and contracts. Standard library only."""
