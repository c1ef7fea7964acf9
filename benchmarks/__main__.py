"""Runs benchmarks, each in a process of its own. Way: `make bench` -> here -> benchmarks/results.

    python -m benchmarks                     all that need no argument
    python -m benchmarks dib_sports cdnow    these
    python -m benchmarks training_frame -- --players 20000 --runs 1
    python -m benchmarks --list

A benchmark is a module of this folder with a function `main()` that prints its tables. One that
cannot run by itself says what it asks for in a constant `ASKS`. What is printed is kept as
`results/<name>.md`, without a date: a figure that does not change makes no difference to commit.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import machine_line, packages_line
from core.errors import NotReadyError

HERE = Path(__file__).parent
RESULTS = HERE / "results"
CANNOT_RUN = 75  # the exit code of "a thing it needs is missing"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A module with a `main()`: its name, what it measures, what it must be told."""

    name: str
    measures: str
    asks: str


def discover(folder: Path = HERE) -> dict[str, Benchmark]:
    """Return the benchmarks of a folder by name; nothing is imported."""
    found = {}
    for path in sorted(folder.glob("[!_]*.py")):
        tree = ast.parse(path.read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if "main" in functions:
            first = (ast.get_docstring(tree) or path.stem).splitlines()[0]
            found[path.stem] = Benchmark(path.stem, first, _asks(tree))
    return found


def _asks(tree: ast.Module) -> str:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["ASKS"]:
                return str(node.value.value)
    return ""


def main() -> int:
    """Run what was asked for; return how many benchmarks failed (a missing need is no failure)."""
    arguments, passed = _split(sys.argv[1:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", help="benchmarks; all if none is named")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    known = discover()
    strange = sorted(set(asked.names) - set(known))
    if strange:
        parser.error(f"no benchmark called {', '.join(strange)}; there are {', '.join(known)}")
    if asked.list:
        for one in known.values():
            print(f"{one.name:18} {one.measures}" + (f" Asks: {one.asks}" if one.asks else ""))
        return 0
    if asked.alone:
        return _alone(asked.names[0], passed)
    chosen = asked.names or [name for name, one in known.items() if not one.asks]
    return sum(not _run(known[name], passed) for name in chosen)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1 :]


def _alone(name: str, passed: list[str]) -> int:
    """Run one benchmark in this process."""
    sys.argv = [name, *passed]
    try:
        importlib.import_module(f"benchmarks.{name}").main()
    except NotReadyError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return CANNOT_RUN
    return 0


def _run(one: Benchmark, passed: list[str]) -> bool:
    print(f"== {one.name}: {one.measures}", flush=True)
    command = [sys.executable, "-m", "benchmarks", "--alone", one.name, "--", *passed]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, flush=True)
    if done.returncode == CANNOT_RUN:
        print("not run; the result in the repository stays as it is\n", flush=True)
    elif done.returncode == 0:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{one.name}.md").write_text(_page(one, done.stdout, passed))
    else:
        print(f"failed with exit code {done.returncode}\n", flush=True)
    return done.returncode in (0, CANNOT_RUN)


def _page(one: Benchmark, printed: str, passed: list[str]) -> str:
    body = printed.strip()
    if not any(line.startswith("|") for line in body.splitlines()):
        body = f"```text\n{body}\n```"
    command = " ".join(["python -m benchmarks", one.name, *(["--", *passed] if passed else [])])
    return (
        f"# {one.name}\n\n{one.measures}\n\n{body}\n\n"
        f"Made by `{command}` on {machine_line()}; {packages_line()}.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
