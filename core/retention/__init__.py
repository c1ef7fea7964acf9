"""How long records are kept, and their provable end. Way: packs -> here -> chains."""
