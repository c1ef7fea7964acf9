"""Compiled code is kept between starts, and never outlives what it was compiled from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from features.state.compiling import stamp_of
from features.state.kernel import allot, fold_in, settle
from features.state.packing import pack_states

CONSTANT = "FACTOR = 2\n"
CALLED = """
from features.state.compiling import compiled

@compiled
def grown(number):
    return number + 1
"""
CALLING = """
from called import grown
from constant import FACTOR
from features.state.compiling import compiled

@compiled
def answer(number):
    return grown(number) * FACTOR

print(answer(20), sum(answer.stats.cache_hits.values()))
"""


def run(folder: Path, **files: str) -> tuple[int, int]:
    """Write some files, then run the kernel in a fresh process; return its answer and cache hits.

    Bytecode is not kept: two edits within a second would look like one to Python itself.
    """
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    ran = subprocess.run(
        [sys.executable, "-B", "calling.py"],
        cwd=folder,
        env={"PYTHONPATH": f"{Path.cwd()}:{folder}", "XDG_CACHE_HOME": f"{folder / 'home'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    answer, hits = ran.stdout.split()
    return int(answer), int(hits)


def test_what_was_compiled_serves_the_next_process(tmp_path: Path) -> None:
    assert run(tmp_path, constant=CONSTANT, called=CALLED, calling=CALLING) == (42, 0)
    assert run(tmp_path) == (42, 1)


def test_a_change_of_what_a_kernel_calls_is_noticed_though_its_own_file_is_the_same(
    tmp_path: Path,
) -> None:
    assert run(tmp_path, constant=CONSTANT, called=CALLED, calling=CALLING) == (42, 0)
    assert run(tmp_path, called=CALLED.replace("+ 1", "+ 2")) == (44, 0)
    assert run(tmp_path, constant="FACTOR = 3\n") == (66, 0)
    assert run(tmp_path, constant=CONSTANT, called=CALLED) == (42, 1)


def test_a_package_that_cannot_be_written_to_has_its_code_kept_with_the_user(
    tmp_path: Path,
) -> None:
    (tmp_path / "__pycache__").touch()  # a file where the folder would be: refused to root too
    assert run(tmp_path, constant=CONSTANT, called=CALLED, calling=CALLING) == (42, 0)
    assert run(tmp_path) == (42, 1)
    assert any((tmp_path / "home").rglob("*.nbc"))


def test_where_nothing_can_be_written_kernels_compile_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "__pycache__").touch()
    (tmp_path / "home").touch()
    assert run(tmp_path, constant=CONSTANT, called=CALLED, calling=CALLING) == (42, 0)
    assert run(tmp_path) == (42, 0)


def test_the_stamp_of_a_kernel_is_the_same_in_every_process() -> None:
    kernels = (allot, fold_in, settle, pack_states)
    asked = (
        "from features.state.compiling import stamp_of\n"
        "from features.state.kernel import allot, fold_in, settle\n"
        "from features.state.packing import pack_states\n"
        "print(*map(stamp_of, (allot, fold_in, settle, pack_states)))\n"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [stamp_of(kernel) for kernel in kernels]
