"""Any page in, the article out, and nothing else: stage.py is the front door."""
