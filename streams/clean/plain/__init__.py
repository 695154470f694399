"""Plain text: an aggregator's layout by its structure, and the lines of a story where there is none."""
