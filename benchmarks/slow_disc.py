"""A disc whose every flush takes as long as it took where the bars were set.

Way: ledger_speed, wallet_http -> here -> the same benchmark once more, in a process under a shim.

The shim is a few lines of C, compiled when needed and put before the C library (LD_PRELOAD): a
flush is really done, then waits until it has lasted the time given. All that the process starts
inherits it, PostgreSQL too, so every way to write meets the same disc.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FLUSH_US = 3_700
"""What `fdatasync` took on the machine the bars were set on."""
_MARK = "EVENHAND_SLOW_DISC_US"
_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static int slowly(const char *name, int file) {
  struct timespec start, now, rest;
  int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  clock_gettime(CLOCK_MONOTONIC, &start);
  int result = flush(file), error = errno;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const char *said = getenv("EVENHAND_SLOW_DISC_US");
  long left = (said ? atol(said) : 0) * 1000L
    - (now.tv_sec - start.tv_sec) * 1000000000L - (now.tv_nsec - start.tv_nsec);
  if (left > 0) {
    rest.tv_sec = left / 1000000000L;
    rest.tv_nsec = left % 1000000000L;
    while (nanosleep(&rest, &rest) && errno == EINTR);
  }
  errno = error;
  return result;
}
int fdatasync(int file) { return slowly("fdatasync", file); }
int fsync(int file) { return slowly("fsync", file); }
"""


def is_slow() -> bool:
    """Say whether this process is under the shim."""
    return _MARK in os.environ


def again_on_a_slow_disc(module: str) -> str:
    """Run a benchmark once more, with the same arguments, on the slow disc; return its tables.

    Where there is no C compiler the words that say so are returned instead.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        return "No C compiler here (`cc`), so nothing is measured on a slow disc."
    with tempfile.TemporaryDirectory(prefix="slow-disc-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as a user of its own
        source, shim = folder / "shim.c", folder / "shim.so"
        source.write_text(_SHIM)
        subprocess.run(
            [compiler, "-O1", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True
        )
        environment = {**os.environ, "LD_PRELOAD": str(shim), _MARK: str(FLUSH_US)}
        command = [sys.executable, "-m", module, *sys.argv[1:]]
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
    return done.stdout.strip()
