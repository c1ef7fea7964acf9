"""`python -m serving`: checks what must be set, then becomes `bentoml serve`. Way: CLI -> here."""

from __future__ import annotations

import argparse
import os
import sys

from core.errors import EvenhandError
from core.guard import check_layout, repository_root
from core.settings import settings_from
from serving.settings import serving_settings_from, workers_wanted
from serving.store_file import store_stamp


def main() -> None:
    """Check, then hand the process over; signals reach BentoML itself."""
    parser = argparse.ArgumentParser(prog="python -m serving", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--workers", default=os.environ.get("EVENHAND_WORKERS", "1"))
    asked = parser.parse_args()
    try:
        check_layout(repository_root())
        serving_settings_from()
        os.environ["EVENHAND_WORKERS"] = str(workers_wanted({"EVENHAND_WORKERS": asked.workers}))
        store_stamp(settings_from())  # BentoML would start a failing worker again for ever
    except EvenhandError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    os.environ["BENTOML_DO_NOT_TRACK"] = "true"
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # a score is one row: threads only spin
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:Scoring",
               "--working-dir", str(repository_root()), "--host", asked.host,
               "--port", str(asked.port)]  # fmt: skip
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, our own arguments


if __name__ == "__main__":
    main()
