"""Deposits refused again and again. Way: deposit decisions -> here -> fraud desk."""

from pipelines.stream.hooks import Trigger

MANY_DECLINES = Trigger(
    name="many_declines",
    feature="payment_declined_count_1h",
    at_least=4,
    again_s=3_600,
    said="{value} deposits declined in the last hour",
    owner="fraud",
    why="Stolen cards are tried until one works; a player in trouble tries until the bank says no.",
)
