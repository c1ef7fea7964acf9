"""The service as it runs: Feast's store, MLflow's registry, BentoML's process, a loopback port."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from core.rg_store import RgStateReader
from core.settings import Settings
from models.artifact import ScoringModel, write_artifact
from models.calibrate import Calibrator
from models.registry import client
from models.spec import all_cards, services

ROOT = Path(__file__).resolve().parents[2]
LISTED = ",".join(f"{k}:{hashlib.sha256(k.encode()).hexdigest()}" for k in ("crm", "risk"))
# The hash of the key is listed under its scope; here key and scope are the same word.


@dataclass
class Served:
    settings: Settings
    process: "subprocess.Popen[bytes]"
    url: str

    def ask(self, key: str, player_id: str, **query: str) -> httpx.Response:
        url = f"{self.url}/v1/players/{player_id}/scores"
        return httpx.get(url, params=query, headers={"X-API-Key": key}, timeout=20)


def register(settings: Settings, name: str, version: int, score: float) -> None:
    """Register a tiny booster of the card's features whose calibrated answer is known."""
    import lightgbm as lgb

    from features.registry import all_views, feature_names

    chosen = [view for view in all_views() if view.name in all_cards()[name].features]
    names, rng = feature_names(chosen), np.random.default_rng(version)
    matrix = rng.normal(size=(200, len(names)))
    found = lgb.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1, "seed": 7},
        lgb.Dataset(matrix, (matrix[:, 0] > 0).astype(float), feature_name=list(names)),
        num_boost_round=3,
    )
    kind: Any = "money" if name.startswith("ltv") else "isotonic"
    calibrator = Calibrator(kind, (-9.0, 9.0), (score, score))
    folder = settings.mlruns / "artifacts" / name / str(version)
    folder.parent.mkdir(parents=True, exist_ok=True)
    card = all_cards()[name].as_dict()
    write_artifact(ScoringModel(name, tuple(names), found, calibrator), card, {}, folder)
    registry = client(settings.mlruns)
    if version == 1:
        registry.create_registered_model(name)
    registry.create_model_version(name, folder.as_uri())


def promote(settings: Settings, name: str, version: int) -> None:
    client(settings.mlruns).set_registered_model_alias(name, "champion", str(version))


@pytest.fixture(scope="module")
def house(small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    from features.registry import all_views
    from features.snapshots import backfill, materialize, serving_instant
    from features.store import apply
    from pipelines.rg_state import build_rg_state

    home = tmp_path_factory.mktemp("served")
    shutil.copytree(small_warehouse, home / "warehouse")
    settings = Settings(home=home, mlruns=home / "mlruns")
    apply(settings, services())
    backfill(settings, all_views(), (serving_instant(settings),))
    materialize(settings)
    build_rg_state(settings)
    told = {"churn_30d": 0.1, "fraud_72h": 0.02, "harm_90d": 0.05, "ltv_180d": 5000.0}
    for name, score in told.items():
        register(settings, name, 1, score)
        promote(settings, name, 1)
    register(settings, "churn_30d", 2, 0.2)
    return settings


@pytest.fixture(scope="module")
def served(house: Settings) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ, "EVENHAND_HOME": str(house.home), "EVENHAND_API_KEYS": LISTED,
        "EVENHAND_RELOAD_SECONDS": "0.2", "EVENHAND_DEADLINE_SECONDS": "4",
        "BENTOML_HOME": str(house.home / "bentoml"),
    }  # fmt: skip
    command = [sys.executable, "-m", "serving", "--port", str(port), "--workers", "2"]
    with (house.home / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(process, url, house.home / "serve.log")
        yield Served(house, process, url)
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(timeout=60)
    assert ended == 0


ANSWERED = 'evenhand_requests_total{endpoint="player",status="404"}'


def processor_time(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline, pause = time.monotonic() + 200, threading.Event()
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        pause.wait(0.2)
    pytest.fail(log.read_text()[-4000:])


def players(settings: Settings, *, held: bool) -> list[str]:
    from features.sources import open_warehouse

    with open_warehouse(settings.warehouse) as warehouse:
        rows = warehouse.execute("SELECT DISTINCT player_id FROM bet_placed ORDER BY 1").fetchall()
    known = RgStateReader(settings.rg_state).look_up([row[0] for row in rows])
    return [
        player
        for player, found in known.items()
        if found.state and found.known_at and bool(found.state.in_force(found.known_at)) is held
    ]


def test_a_real_player_is_scored_and_explained(served: Served) -> None:
    player_id = players(served.settings, held=False)[0]

    told = served.ask("risk", player_id, explain="true").json()

    assert told["code"] == "allowed"
    assert told["churn_30d"] == pytest.approx(0.1)
    assert told["ltv_180d"] == 5000
    assert told["harm_90d_version"] == "1"
    assert all(reason["because"] for reason in told["churn_30d_reasons"])
    crm = served.ask("crm", player_id, explain="true").text
    assert "harm_90d" not in crm
    assert "fraud_72h" not in crm


def test_a_real_excluded_player_is_told_to_nobody_as_valuable(served: Served) -> None:
    player_id = players(served.settings, held=True)[0]

    crm, risk = (served.ask(key, player_id) for key in ("crm", "risk"))

    assert crm.json() == {"player_id": player_id, "suppressed": True, "code": "suppressed"}
    assert risk.json()["rules"]
    assert not [key for key in risk.json() if key.startswith(("churn", "ltv"))]


def test_every_page_of_the_service_answers(served: Served) -> None:
    for page in ("livez", "readyz", "healthz", "metrics", "openapi.json"):
        assert httpx.get(f"{served.url}/{page}").status_code == 200
    assert "evenhand_model_version" in httpx.get(f"{served.url}/metrics").text
    assert served.ask("crm", "nobody").status_code == 404
    assert served.ask("none", "nobody").status_code == 401


def test_a_promote_drops_no_request_and_every_answer_names_its_version(served: Served) -> None:
    player_id = players(served.settings, held=False)[0]
    answers: list[Any] = []
    done = threading.Event()

    def hammer() -> None:
        with httpx.Client(headers={"X-API-Key": "crm"}, timeout=20) as caller:
            while not done.is_set():
                answers.append(caller.get(f"{served.url}/v1/players/{player_id}/scores"))

    callers = [threading.Thread(target=hammer) for _ in range(3)]
    for caller in callers:
        caller.start()
    promote(served.settings, "churn_30d", 2)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if answers and answers[-1].json().get("churn_30d_version") == "2":
            break
        done.wait(0.05)
    done.set()
    for caller in callers:
        caller.join()

    assert {answer.status_code for answer in answers} == {200}
    seen = {(a.json()["churn_30d_version"], round(a.json()["churn_30d"], 6)) for a in answers}
    assert seen == {("1", 0.1), ("2", 0.2)}


def test_two_workers_answer_and_are_counted_together(served: Served) -> None:
    def counted() -> float:
        text = httpx.get(f"{served.url}/metrics").text
        assert "feast_" not in text
        lines = [line.split() for line in text.splitlines() if line.startswith(ANSWERED)]
        return sum(float(count) for _, count in lines)

    def workers() -> dict[int, int]:
        """Return the processor time of each worker, found as a child of the server."""
        listed = Path(f"/proc/{served.process.pid}/task/{served.process.pid}/children")
        return {int(pid): processor_time(int(pid)) for pid in listed.read_text().split()}

    before, spent = counted(), workers()
    for _ in range(60):  # a connection each: the kernel hands them to either worker
        served.ask("crm", "nobody")

    assert counted() == before + 60
    assert len(spent) == 2
    busy = {pid for pid, ticks in workers().items() if ticks > spent[pid]}
    assert len(busy) == 2


def test_without_the_rg_state_everybody_is_protected(served: Served) -> None:
    player_id = players(served.settings, held=False)[0]
    kept = served.settings.rg_state.with_suffix(".kept")
    served.settings.rg_state.rename(kept)
    try:
        told = served.ask("crm", player_id).json()
    finally:
        kept.rename(served.settings.rg_state)

    assert told == {"player_id": player_id, "suppressed": True, "code": "suppressed"}


def test_without_keys_the_service_does_not_start(house: Settings) -> None:
    environment = {**os.environ, "EVENHAND_HOME": str(house.home), "EVENHAND_API_KEYS": ""}

    ended = subprocess.run(
        [sys.executable, "-m", "serving"],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert ended.returncode != 0
    assert "no API key is configured" in ended.stderr
    assert "Traceback" not in ended.stderr
