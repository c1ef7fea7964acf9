"""Markers of harm, computed from what a player does. Way: event log -> windows -> desk, packs."""
