"""Data of the clean stage: words and patterns by language, and the scripts that made them."""
