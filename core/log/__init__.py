"""The event log: partitions of entries in one order each, read by offset."""
