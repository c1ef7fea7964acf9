"""The jars of a genuine Kafka, from Maven Central. Way: kafka/pom.xml -> here -> KafkaBroker.

They are copied once per pom into `$XDG_CACHE_HOME/evenhand/` (`~/.cache/evenhand/`), outside the
repository, for all clones. `python -m tests.services.kafka_jars` does it ahead of the tests.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POM = Path(__file__).parent / "kafka" / "pom.xml"
_GOAL = "dependency:copy-dependencies"
_WITHIN_S = 240


class MissingJarsError(Exception):
    """The jars are not in the cache and cannot be fetched; the message says why."""


def kafka_jars() -> Path:
    """Return the folder of jars, filling it with Maven when it is not there yet.

    Raises:
        MissingJarsError: there is no Maven, or it does not reach a repository.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evenhand"
    jars = cache / f"kafka-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    if jars.is_dir():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / "kafka.lock"), tempfile.TemporaryDirectory(dir=cache) as beside:
        if not jars.is_dir():
            _copy(Path(beside) / "jars")
            (Path(beside) / "jars").rename(jars)
    return jars


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _copy(into: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingJarsError("Kafka's jars are not in the cache and mvn is not installed")
    options = ["-q", "-B", "-f", str(POM), "-DincludeScope=runtime", f"-DoutputDirectory={into}"]
    try:
        done = subprocess.run(
            [maven, *options, _GOAL], capture_output=True, text=True, timeout=_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MissingJarsError(f"mvn took more than {_WITHIN_S} s") from error
    if done.returncode != 0:
        raise MissingJarsError(f"mvn could not fetch Kafka's jars: {done.stdout.strip()[-500:]}")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{kafka_jars()}\n")
    except MissingJarsError as error:
        sys.exit(str(error))
