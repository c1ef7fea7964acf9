"""Puts the real parts together, once per worker. Way: settings + stores -> here -> the service."""

from __future__ import annotations

from dataclasses import dataclass

from core.decisions import all_rules
from core.guard import check_layout, repository_root
from core.settings import Settings, settings_from
from models.spec import all_cards
from serving.champions import Champions, ChampionWatch
from serving.engine import Engine, lane
from serving.explainer import CategoryReasons
from serving.feast_reader import FeastReader
from serving.gate import Gate
from serving.http import Desk
from serving.metrics import Metrics
from serving.registry_source import RegistrySource
from serving.rg_states import RgStatesInUse
from serving.score import Memory, Scorer
from serving.settings import ServingSettings, serving_settings_from, workers_wanted


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker holds."""

    desk: Desk
    watch: ChampionWatch

    def close(self) -> None:
        """End what runs."""
        self.watch.stop()
        self.desk.engine.close()


def open_worker() -> Worker:
    """Check the layout, open the stores, load the champions, watch for new ones.

    Raises:
        NotReadyError: a package is not ours, a setting is missing, or a store is not there.
    """
    check_layout(repository_root())
    settings, serving = settings_from(), serving_settings_from()
    metrics = Metrics(of_all=workers_wanted() > 1)
    reader = FeastReader(settings)
    champions = Champions(
        RegistrySource(settings.mlruns, tuple(all_cards())), reader.names, metrics
    )
    champions.refresh()
    engine = _engine(settings, serving, (champions, reader, metrics))
    watch = ChampionWatch(champions, every_s=serving.reload_s)
    watch.start()
    desk = Desk(engine, serving.api_keys, frozenset(all_cards()), settings.base_currency)
    return Worker(desk, watch)


def _engine(
    settings: Settings, serving: ServingSettings, parts: tuple[Champions, FeastReader, Metrics]
) -> Engine:
    champions, reader, metrics = parts
    memory = Memory(serving.last_known_count)
    explainer = CategoryReasons(serving.reason_count)
    single = Scorer(reader, explainer, metrics, memory)
    batch = Scorer(FeastReader(settings), explainer, metrics, memory)
    states = RgStatesInUse(settings, silence_s=serving.rg_silence_s)
    return Engine(
        champions=champions,
        single=lane(single, serving.deadline_s, "single"),
        batch=lane(batch, serving.batch_deadline_s, "batch"),
        gate=Gate(states, all_rules(), metrics, harm_threshold=serving.harm_threshold),
        last_known=memory,
        metrics=metrics,
    )
