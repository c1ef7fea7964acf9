"""Where an event has been, from the wallet to the warehouse. Way: `evenhand trace` -> stops.py."""
