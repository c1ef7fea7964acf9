"""Money laundering: patterns, alerts, cases and drafts of reports, in a compartment of their own.

Way: landed facts, event log -> window -> typologies -> alerts -> cases -> drafts -> a person files.
Nothing here writes to the event log, the ledger or a standing: who is looked at is told to nobody.
"""
