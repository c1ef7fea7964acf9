"""The wallet as providers meet it: requests in, replies out. See app.py for the way."""
