"""Facts to numbers: declared once, computed point in time, served through Feast."""
