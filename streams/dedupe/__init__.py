"""The same story once."""
