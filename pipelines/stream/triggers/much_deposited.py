"""A large sum within a day. Way: deposit decisions -> here -> player safety, AML."""

from pipelines.stream.hooks import Trigger

MUCH_DEPOSITED = Trigger(
    name="much_deposited",
    feature="payment_minor_sum_24h",
    at_least=500_000,
    again_s=86_400,
    said="{value} minor units of the base currency deposited in the last 24 hours",
    owner="player-safety",
    why="Five thousand in a day is beyond what most can lose; somebody should look the same day.",
)
