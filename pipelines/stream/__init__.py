"""The live way: facts of the event log become players' states. Way: log -> here -> store."""
