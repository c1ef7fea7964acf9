"""A house without a database: the judge and the folds alone. Way: scenarios -> here."""

from collections.abc import Sequence

from core.compliance.entry import Entry, entries_of
from core.compliance.finding import Verdict
from core.compliance.judge import Judge, after
from core.compliance.pack import Pack
from core.compliance.request import Request
from core.compliance.scenario import Scenario, standing_of
from core.compliance.standing import Standing


class MemoryHouse:
    """Keeps standings in a dictionary and what the log was told in a list."""

    def __init__(self, pack: Pack, switched_on: Sequence[str] = ()) -> None:
        self.judge = Judge(pack, frozenset(switched_on))
        self.standings: dict[str, Standing] = {}
        self.entries: list[Entry] = []

    def open(self, player: str, scenario: Scenario) -> None:
        self.standings[player] = standing_of(scenario, player, self.judge.pack)

    def ask(self, player: str, request: Request) -> tuple[Verdict, Sequence[Entry]]:
        before = self.standings[player]
        verdict, case = self.judge.verdict(request, before)
        self.standings[player] = after(case, verdict)
        said = list(entries_of(case, verdict))
        self.entries += said
        return verdict, said
