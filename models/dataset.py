"""The training frame as arrays, by role. Way: spine + features -> here -> train, evaluate."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from core.errors import NotReadyError
from models.leaks import refuse_columns, refuse_lone_features
from models.spec import ROLES, ModelCard, Role

Floats = npt.NDArray[np.float64]
OWN_COLUMNS = ("player_id", "as_of", "role", "label", "baseline")


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one role, in the frame's order; `players` are 0-based codes of player_id."""

    matrix: Floats
    label: Floats
    baseline: Floats
    players: npt.NDArray[np.int64]
    first: str
    last: str

    def __len__(self) -> int:
        return len(self.label)

    def summary(self) -> dict[str, object]:
        """Return what the record says of the slice."""
        return {
            "rows": len(self), "players": len(np.unique(self.players)), "first": self.first,
            "last": self.last, "label_mean": float(self.label.mean()) if len(self) else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dataset:
    """All slices of a card, the order of its columns, and a hash of every byte of it."""

    feature_names: tuple[str, ...]
    slices: Mapping[Role, Slice]
    sha256: str

    def __getitem__(self, role: Role) -> Slice:
        return self.slices[role]


def dataset_from(card: ModelCard, frame: pa.Table, allowed: Sequence[str]) -> Dataset:
    """Split a labelled frame into slices, after the leak guard has seen it.

    Args:
        card: what is to be learned.
        frame: one row per player_id x as_of with OWN_COLUMNS and the features.
        allowed: the features of the card's feature service; any other column is refused.

    Raises:
        LeakError: a column is not in the feature service, or foretells the label by itself.
        NotReadyError: a slice holds too few rows or no event.
    """
    names = tuple(n for n in frame.column_names if n not in OWN_COLUMNS)
    refuse_columns(card, names, allowed)
    frame = frame.sort_by([("as_of", "ascending"), ("player_id", "ascending")])
    roles = tuple(r for r in ROLES if r != "interval" or card.is_money)
    slices = {role: _slice(frame.filter(pc.field("role") == role), names) for role in roles}
    _refuse_thin(card, slices)
    refuse_lone_features(card, names, slices["train"].matrix, slices["train"].label)
    return Dataset(names, slices, _sha256(names, frame, slices))


def matrix_of(frame: pa.Table, names: Sequence[str]) -> Floats:
    """Return columns as a float64 matrix, null as NaN (integers beyond 2^53 lose low bits)."""
    matrix = np.empty((frame.num_rows, len(names)), dtype=np.float64)
    for i, name in enumerate(names):
        column = frame.column(name).cast(pa.float64(), safe=False)
        matrix[:, i] = column.to_numpy(zero_copy_only=False)
    return matrix


def _slice(rows: pa.Table, names: Sequence[str]) -> Slice:
    ids = np.asarray(rows.column("player_id").to_pylist(), dtype=str)
    codes = np.unique(ids, return_inverse=True)
    at = rows.column("as_of")
    first, last = (str(at[0].as_py()), str(at[-1].as_py())) if rows.num_rows else ("", "")
    return Slice(
        matrix=matrix_of(rows, names),
        label=rows.column("label").to_numpy(zero_copy_only=False).astype(np.float64),
        baseline=rows.column("baseline").to_numpy(zero_copy_only=False).astype(np.float64),
        players=codes[1].astype(np.int64),
        first=first,
        last=last,
    )


def _refuse_thin(card: ModelCard, slices: Mapping[Role, Slice]) -> None:
    for role, part in slices.items():
        events = int((part.label != 0).sum())
        if len(part) < 50 or events < 10 or (not card.is_money and events == len(part)):
            raise NotReadyError(
                f"{card.name}: the {role} slice holds {len(part)} rows, {events} with the event",
                expected="at least 50 rows, 10 with the event and some without",
                hint="more players or more days: evenhand simulate --players 10000 --days 600",
            )


def _sha256(names: Sequence[str], frame: pa.Table, slices: Mapping[Role, Slice]) -> str:
    digest = hashlib.sha256("\n".join((*names, *frame.column("player_id").to_pylist())).encode())
    for part in slices.values():
        for values in (part.matrix, part.label, part.baseline):
            digest.update(values.tobytes())
    return digest.hexdigest()
