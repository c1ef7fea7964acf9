"""The players' money: append-only postings that sum to zero. See post.py for the way."""
