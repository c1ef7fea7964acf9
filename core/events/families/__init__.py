"""One file = one family of facts. Discovery finds them; nothing is registered by importing."""
