"""The statements of subscriptions: one function, one statement, no decision."""
