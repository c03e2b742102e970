"""Pages for people: operator console and partner portal over the features' services."""
