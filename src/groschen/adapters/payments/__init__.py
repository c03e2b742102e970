"""Payment providers: how customers' money comes in and goes back."""
