"""Properties of the code itself that no linter checks; each failure says what to write instead."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("core", "features", "models", "pipelines", "serving", "benchmarks")
FILES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
VAGUE = {"utils", "util", "helpers", "common", "manager", "data", "process", "handle", "misc"}
DECLARATIONS = ("features/views", "models/cards", "core/rules", "pipelines/landing/adapters")


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) and function.body[1:] else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize("path", FILES, ids=_relative)
def test_a_file_holds_one_idea(path: Path) -> None:
    lines = len(path.read_text().splitlines())

    assert lines <= 400, f"{lines} lines: split it, one public idea per file"


@pytest.mark.parametrize("path", FILES, ids=_relative)
def test_a_file_says_where_it_stands(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), "begin with a module docstring"


@pytest.mark.parametrize("path", FILES, ids=_relative)
def test_a_function_fits_one_look(path: Path) -> None:
    long = {f.name: _code_lines(f) for f in _functions(ast.parse(path.read_text()))}
    too_long = {name: lines for name, lines in long.items() if lines > 60}

    assert not too_long, f"{too_long}: name the steps and let the function call them"


@pytest.mark.parametrize("path", FILES, ids=_relative)
def test_a_name_names_something(path: Path) -> None:
    assert path.stem not in VAGUE, f"{path.stem} names nothing: use the field's word for the idea"


@pytest.mark.parametrize("folder", DECLARATIONS)
def test_a_declaration_fits_one_screen(folder: str) -> None:
    files = sorted((ROOT / folder).glob("*.py"))
    too_long = [p.name for p in files if len(p.read_text().splitlines()) > 80]

    assert files, f"{folder} has moved: mend DECLARATIONS"
    assert not too_long, f"{too_long}: a declaration is data; move code to the layer that reads it"


def test_only_the_clock_reads_the_clock() -> None:
    calls = ("datetime.now(", "datetime.utcnow(", "time.time(", "date.today(")
    guilty = [
        f"{_relative(path)}:{number}"
        for path in FILES
        if path != ROOT / "core/clock.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(call in line for call in calls)
    ]

    assert not guilty, f"{guilty}: take a core.clock.Clock as an argument"
