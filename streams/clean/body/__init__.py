"""The body of an HTML page: its blocks of text by one walk over the tree, and which of them are the story."""
