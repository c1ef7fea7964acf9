"""From somebody's files to the warehouse: read, map, check, drop duplicates, file, commit."""
