"""Game providers' protocols, one file each; found because it lies here."""
