"""Reports and exports for regulators, of landed facts as known. Way: warehouse -> here."""
