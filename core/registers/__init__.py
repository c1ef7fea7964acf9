"""National registers: asked before a player may do what they have a say in. Way: wallet -> here."""
