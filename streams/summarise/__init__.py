"""Stage four: the story in three sentences."""
