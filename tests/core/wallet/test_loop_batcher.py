"""Requests in an event loop that share transactions, with a ledger that counts and fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from core.ledger.batcher import Lanes, OverloadedError
from core.ledger.calls import Call, RetryableError
from core.ledger.ledger import Answered, Asked, Ledger
from core.wallet import loop_batcher
from core.wallet.loop_batcher import LoopBatcher


class Counting:
    """Answers each call with its player; fails for players named so."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.goes = threading.Event()
        self.goes.set()

    def post(self, batch: Sequence[Asked]) -> list[Answered]:
        """Answer, once allowed to."""
        assert self.goes.wait(10)
        players = [asked.call.player for asked in batch]
        self.batches.append(players)
        if "bad" in players:
            raise ZeroDivisionError
        if any(player.startswith("away") for player in players):
            raise RetryableError("the database is away")
        return [Answered((200, player.encode()), None) for player in players]


def _asked(player: str) -> Asked:
    return Asked(Call("tests", player, "EUR", (), 1))


def _run(ledger: Counting, players: Sequence[str], lanes: Lanes) -> list[bytes | BaseException]:
    async def ask() -> list[Answered | BaseException]:
        ledger.goes.clear()
        batcher = LoopBatcher(cast("Ledger", ledger), lanes, threads)
        waiting = [asyncio.ensure_future(batcher.submit(_asked(player))) for player in players]
        await asyncio.sleep(0)
        ledger.goes.set()
        return await asyncio.gather(*waiting, return_exceptions=True)

    with ThreadPoolExecutor(lanes.count) as threads:
        found = asyncio.run(ask())
    return [one.reply[1] if isinstance(one, Answered) else one for one in found]


def test_a_call_goes_at_once_and_what_comes_meanwhile_goes_together() -> None:
    ledger = Counting()

    assert _run(ledger, ["a", "b", "c", "d"], Lanes(count=1)) == [b"a", b"b", b"c", b"d"]
    assert ledger.batches == [["a"], ["b", "c", "d"]]


def test_a_player_being_written_waits_and_others_pass_him() -> None:
    ledger = Counting()

    assert _run(ledger, ["a", "a", "b"], Lanes(count=2)) == [b"a", b"a", b"b"]
    assert sorted(ledger.batches) == [["a"], ["a"], ["b"]]


def test_a_bad_call_fails_alone() -> None:
    first, *rest = _run(Counting(), ["a", "b", "bad", "c"], Lanes(count=1))

    assert first == b"a"
    assert rest[0] == b"b"
    assert isinstance(rest[1], ZeroDivisionError)
    assert rest[2] == b"c"


def test_while_the_database_is_away_nobody_waits_for_the_others_tries() -> None:
    ledger = Counting()

    found = _run(ledger, ["a", "away1", "away2", "away3"], Lanes(count=1))

    assert all(isinstance(one, RetryableError) for one in found[1:])
    assert ledger.batches == [["a"], ["away1", "away2", "away3"], ["away1"]]


def test_more_than_may_wait_are_told_to_ask_later() -> None:
    found = _run(Counting(), ["a", "b", "c", "d"], Lanes(count=1, waiting=2))

    assert found[:3] == [b"a", b"b", b"c"]
    assert isinstance(found[3], OverloadedError)


@pytest.mark.parametrize("most", [1, 2])
def test_a_batch_holds_no_more_than_it_may(most: int) -> None:
    ledger = Counting()

    _run(ledger, ["a", "b", "c", "d", "e"], Lanes(count=1, most=most))

    assert max(map(len, ledger.batches)) == most


async def _again_and_again(batcher: LoopBatcher, player: str, times: int) -> None:
    for _ in range(times):
        await batcher.submit(_asked(player))


def _all_again(ledger: Counting, players: Sequence[str], times: int) -> None:
    async def ask() -> None:
        batcher = LoopBatcher(cast("Ledger", ledger), Lanes(count=1), threads)
        await asyncio.gather(*(_again_and_again(batcher, player, times) for player in players))

    with ThreadPoolExecutor(1) as threads:
        asyncio.run(ask())


def test_those_just_answered_are_awaited_so_that_they_go_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop_batcher, "PATIENCE_S", 0.5)
    ledger = Counting()

    _all_again(ledger, "abcd", times=2)

    assert [sorted(batch) for batch in ledger.batches] == [["a"], [*"abcd"], ["b", "c", "d"]]


def test_who_is_alone_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_batcher, "PATIENCE_S", 60.0)
    ledger = Counting()

    _all_again(ledger, "a", times=3)

    assert ledger.batches == [["a"], ["a"], ["a"]]


def test_who_does_not_come_back_is_not_awaited_for_long() -> None:
    ledger = Counting()

    async def ask() -> None:
        batcher = LoopBatcher(cast("Ledger", ledger), Lanes(count=1), threads)
        others = (_again_and_again(batcher, player, 1) for player in "bcd")
        await asyncio.gather(_again_and_again(batcher, "a", 3), *others)

    with ThreadPoolExecutor(1) as threads:
        asyncio.run(ask())

    assert sorted(player for batch in ledger.batches for player in batch) == [*"aaabcd"]
