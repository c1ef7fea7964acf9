"""The rules that bind: who may pay in, stake, log in or be written to, by the packs of the law."""
