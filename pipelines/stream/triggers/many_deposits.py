"""Deposit after deposit within the hour. Way: deposit decisions -> here -> player safety."""

from pipelines.stream.hooks import Trigger

MANY_DEPOSITS = Trigger(
    name="many_deposits",
    feature="payment_count_1h",
    at_least=5,
    again_s=3_600,
    said="{value} deposit attempts in the last hour",
    owner="player-safety",
    why="Deposits in quick succession are the first visible sign of chasing losses.",
)
