"""Many cards or wallets in a day. Way: deposit decisions -> here -> fraud desk."""

from pipelines.stream.hooks import Trigger

MANY_INSTRUMENTS = Trigger(
    name="many_instruments",
    feature="payment_instrument_distinct_24h",
    at_least=3,
    again_s=86_400,
    said="{value} payment instruments used in the last 24 hours",
    owner="fraud",
    why="An honest player has one or two instruments; three in a day are rarely all his own.",
)
