"""On what a figure was measured. Way: platform -> here -> the foot of every result."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("duckdb", "feast", "lightgbm", "mlflow", "numpy", "pyarrow", "scikit-learn")


def machine_line() -> str:
    """Return processor, cores, memory and Python in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )


def packages_line() -> str:
    """Return the versions of the packages figures depend on."""
    return ", ".join(f"{name} {version(name)}" for name in PACKAGES)


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.is_file():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
