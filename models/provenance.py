"""What a model was made from and by. Way: the working tree -> here -> record and run tags."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Hashes that name the data, the features' declarations, the libraries and the code."""

    data_sha256: str
    features_sha256: str
    lock_sha256: str
    code_commit: str

    def as_dict(self) -> dict[str, str]:
        """Return plain data."""
        return asdict(self)


def provenance(data_sha256: str, declarations: Sequence[object]) -> Provenance:
    """Collect what is known of the moment of training."""
    features = hashlib.sha256("\n".join(map(repr, declarations)).encode()).hexdigest()
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest() if LOCK.exists() else UNKNOWN
    return Provenance(data_sha256, features, lock, code_commit(ROOT))


def code_commit(root: Path) -> str:
    """Return the commit checked out, with `+` if files differ from it; `unknown` without git."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return UNKNOWN
    said = [
        subprocess.run(
            [git, "-C", root.as_posix(), *words], capture_output=True, text=True, check=False
        )
        for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "-uno"])
    ]
    if any(answer.returncode for answer in said):
        return UNKNOWN
    return said[0].stdout.strip() + ("+" if said[1].stdout.strip() else "")
