"""Bonus codes; found because they lie here. A code's terms never change: new terms, new code."""
