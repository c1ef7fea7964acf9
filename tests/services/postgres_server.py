"""A genuine PostgreSQL. Way: tests/services/fixtures.py -> here -> Debian's postgresql.

PostgreSQL refuses to run as root, so for root it runs as `postgres` or `nobody`, in a temporary
folder that user owns (pytest's own are closed to others).
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.services.server import Server, as_user, free_port, missing

_DEBIAN = Path("/usr/lib/postgresql")
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "fsync": "off",  # the folder is thrown away; what a kill loses is none of a test's business
    "autovacuum": "off",
}


def postgres_server(folder: Path, changed: Mapping[str, str] | None = None) -> Server:
    """Return a PostgreSQL whose superuser `evenhand` needs no password, ready to be started.

    `changed` are settings that differ from a test's.
    """
    programs, user, port = _programs(), _user(), free_port()
    cluster = folder / "cluster"
    cluster.mkdir()
    if user is not None:
        shutil.chown(folder, user)
        shutil.chown(cluster, user)
    initdb = [programs / "initdb", "-D", cluster, "-U", "evenhand", "-A", "trust", "--no-sync"]
    subprocess.run(
        [*_through(user), *map(str, initdb), "-E", "UTF8", "--locale", "C.UTF-8"],
        check=True,
        capture_output=True,
        timeout=120,
        cwd=folder,
    )
    settings = (
        _SETTINGS
        | dict(changed or {})
        | {"port": str(port), "unix_socket_directories": str(folder)}
    )
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return Server(
        [str(programs / "postgres"), "-D", str(cluster), *options],
        folder,
        port,
        lambda: subprocess.run(ready, check=False).returncode == 0,
        user=user,
        stop_signal=signal.SIGINT,  # "fast": do not wait for clients
    )


def _programs() -> Path:
    """Return the folder of the newest installed PostgreSQL from 15 on."""
    found = [path for path in _DEBIAN.glob("[1-9][0-9]/bin") if (path / "initdb").exists()]
    on_path = shutil.which("initdb")  # elsewhere than on Debian
    if found and _version(max(found, key=_version)) >= 15:
        return max(found, key=_version)
    if on_path is None or not Path(on_path).resolve().with_name("pg_isready").exists():
        missing("PostgreSQL 15 is not installed", "apt-get install postgresql")
    return Path(on_path).resolve().parent


def _version(programs: Path) -> int:
    return int(programs.parent.name)


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _through(user: str | None) -> list[str]:
    if user is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        missing("PostgreSQL refuses to run as root", "run the tests as another user")
    return [setpriv, *as_user(user)]
