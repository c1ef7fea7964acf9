"""Fraud: rules on each player's recent deeds and on the live graph of shared identifiers.

Way: event log, warehouse -> deeds -> windows, graph -> rules -> findings with their evidence.
"""
