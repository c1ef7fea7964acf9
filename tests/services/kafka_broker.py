"""A genuine Apache Kafka, one KRaft node. Way: tests/services/fixtures.py -> here -> java.

It is ready in about two seconds: a small fixed heap, the first compiler only, one-partition
internal topics. It can be stopped, killed and started again on the same port and logs.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

from tests.services.kafka_jars import MissingJarsError, kafka_jars
from tests.services.server import Server, free_port, missing

_CLUSTER = "ZXZlbmhhbmQtdGVzdHMtMQ"  # 16 bytes, base64: any will do for a cluster of one
_HINT = "apt-get install openjdk-17-jre-headless maven && python -m tests.services.kafka_jars"
_JVM = ("-Xms384m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_SINGLE = ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")


class KafkaBroker:
    """A broker of its own folder and port; topics are made by who needs them, never by accident.

    `advertised_port` is where clients are told to go, if not to the port it listens on.
    """

    def __init__(self, folder: Path, advertised_port: int | None = None) -> None:
        self.port, self._controller_port = free_port(), free_port()
        self._advertised_port = advertised_port or self.port
        self._folder, self._settings = folder, folder / "server.properties"
        self._java = [_java(), *_JVM, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        self._java += ["-cp", f"{_jars()}/*"]
        self._server = Server(
            [*self._java, "kafka.Kafka", str(self._settings)], folder, self.port, self._listens
        )
        self._format()

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:<port>`."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again with everything it knew; ready on return."""
        self._server.start()

    def stop(self) -> None:
        """Stop in order, as for an upgrade."""
        self._server.stop()

    def running(self) -> AbstractContextManager[None]:
        """Start now, stop at the end, whatever happens between."""
        return self._server.running()

    def kill(self) -> None:
        """End it at once, as a power cut would; what it acknowledged is still there."""
        self._server.kill()

    def _format(self) -> None:
        self._settings.write_text(self._properties())
        arguments = ["format", "--standalone", "-t", _CLUSTER, "-c", str(self._settings)]
        subprocess.run(
            [*self._java, "kafka.tools.StorageTool", *arguments],
            check=True,
            capture_output=True,
            timeout=60,
        )

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _properties(self) -> str:
        plain = f"PLAINTEXT://127.0.0.1:{self.port}"
        controller = f"127.0.0.1:{self._controller_port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": controller,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{plain},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self._advertised_port}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self._folder / "logs"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "broker.session.timeout.ms": "6000",  # a killed one is waited for, a slow one fenced
            "broker.heartbeat.interval.ms": "500",
            "group.min.session.timeout.ms": "1000",
        }
        for topic in _SINGLE:
            settings |= {f"{topic}.replication.factor": "1", f"{topic}.num.partitions": "1"}
            settings |= {f"{topic}.min.isr": "1"} if topic != "offsets.topic" else {}
        return "".join(f"{name}={value}\n" for name, value in settings.items())


def _jars() -> Path:
    try:
        return kafka_jars()
    except MissingJarsError as error:
        missing(str(error), _HINT)


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        missing("Kafka needs Java 17, java is not installed", _HINT)
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < 17:
        missing(f"Kafka needs Java 17, met {said.splitlines()[:1]}", _HINT)
    return java
