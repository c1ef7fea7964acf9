"""Facts known too long ago to be told from a repetition. Way: dedupe -> here -> letters, backfill.

They change no state. Landing reads the same log and drops repetitions exactly, so the warehouse has
them, and with it training, backfill and every rebuilt state; here each is kept once as it came, by
partition and offset, so that the difference can be named.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipelines.stream.decoding_batch import Decoded
from pipelines.stream.dedupe import TOO_LATE, Verdicts
from pipelines.stream.letters import LetterBox, letter_of


def too_late_box(dead_letter: Path, generation: str) -> LetterBox:
    """Return where a generation's late facts are kept: a file per partition."""
    return LetterBox(dead_letter / "too_late" / generation)


def keep_too_late(
    box: LetterBox, decoded: Decoded, verdicts: Verdicts, values: Sequence[bytes], log_time: int
) -> int:
    """Keep the too-late facts of a batch, unless kept before; return how many the batch has.

    `values` are the messages `decoded` was made of; `log_time` is the partition's (UTC
    microseconds), told in the reason. The letters are on disc after the box's next flush.
    """
    facts = decoded.facts
    rows = np.flatnonzero(verdicts == TOO_LATE).tolist()
    for row in rows:
        behind_s = (log_time - int(facts.recorded[row])) // 1_000_000
        place = (int(facts.partition[row]), int(facts.offset[row]))
        reason = f"known {behind_s:,} s before the log's time: too late to tell from a repetition"
        box.keep(letter_of(reason, place, facts.player[row], values[int(decoded.index[row])]))
    return len(rows)
