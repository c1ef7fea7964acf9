"""Know your customer: sealed records of who players are. Way: staff, providers -> vault -> gates.

Contents lie encrypted in the database and bucket of the pack's region; every read is told first.
"""
