"""How the weights of the body extractor are made: not used when pages are read."""
