"""Public data, found and checked, never copied into the repository. Way: $EVENHAND_DATA -> land."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import NotReadyError, SourceError

VARIABLE = "EVENHAND_DATA"


@dataclass(frozen=True, slots=True)
class PublicFile:
    """One file of a public data set, known by its bytes: copies on the web are often altered."""

    path: str
    sha256: str
    origin: str


DIB_SPORTS = PublicFile(
    "dib_sports/online_sports.parquet",
    "68937265b4043ec719b3a42751cd599705f5af74363612b0690ab029550d89ec",
    "Ghaharian 2023, Mendeley Data 10.17632/9j5gcygnwg.1, sports brand, as typed Parquet",
)
CDNOW = PublicFile(
    "cdnow/cdnow_transactions.csv",
    "4f861c0322722a9129c41ff0bdad7631b557cd89192d05620040471349d30150",
    "Fader and Hardie 2001, CDNOW_master.txt of the package lifetimes 0.11.3, as typed CSV",
)


def find(file: PublicFile, environ: Mapping[str, str] | None = None) -> Path:
    """Return where a public file lies, after its checksum was found right.

    Raises:
        NotReadyError: the folder is not named, or does not hold the file.
        SourceError: the file is not the one the figures were made on.
    """
    env = os.environ if environ is None else environ
    if VARIABLE not in env:
        raise NotReadyError(
            f"{VARIABLE} is not set", expected=f"the folder that holds {file.path}",
            hint=f"get it ({file.origin}), then {VARIABLE}=/your/folder make bench",
        )  # fmt: skip
    path = Path(env[VARIABLE]) / file.path
    if not path.is_file():
        raise NotReadyError(
            f"{path} does not exist", expected=file.origin, hint=f"{VARIABLE} names its folder"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != file.sha256:
        raise SourceError(
            f"{path} has sha256 {found}", expected=file.sha256,
            hint="an altered copy; figures on it would compare with nothing",
        )  # fmt: skip
    return path
