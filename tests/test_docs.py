"""The documentation says what is true."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.guard import PACKAGES
from features import measures
from features.frame import steps_of
from features.spec import FeatureView, names_of
from pipelines.cli import app
from pipelines.pages import pages

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "settings.example.env"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def _relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_generated_pages_are_current() -> None:
    stale = [_relative(path) for path, text in pages().items() if path.read_text() != text]

    assert not stale, "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=_relative)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    missing = [target for target in targets if not (page.parent / target).exists()]

    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=_relative)
def test_every_command_told_of_exists(page: Path) -> None:
    told = re.findall(r"(?:\.venv/bin/|`)evenhand ([a-z-]+(?: [a-z-]+)?)", page.read_text())

    known = (ROOT / "docs" / "commands.md").read_text()
    unknown = [
        words
        for words in told
        if f"## evenhand {words}\n" not in known
        and f"## evenhand {words} " not in known
        and f"## evenhand {words.split()[0]}\n" not in known
    ]

    assert not unknown


def test_every_command_has_help_and_an_example() -> None:
    sections = (ROOT / "docs" / "commands.md").read_text().split("\n## ")[1:]
    silent = [s.splitlines()[0] for s in sections if "evenhand" not in s.partition("\n")[2]]

    assert not silent, "end the docstring with an example"


def test_help_is_shown_without_a_verb() -> None:
    shown = CliRunner().invoke(app, [])

    assert "Harm outranks value" in shown.output


def test_the_readme_is_short_and_something_runs_early() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()

    assert len(lines) <= 120
    assert any("make demo" in line for line in lines[:30])


def test_the_readmes_feature_is_one_that_compiles() -> None:
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    scope: dict[str, object] = {**vars(measures), "FeatureView": FeatureView}

    exec(code[0], scope)

    view = scope["REALITY"]
    assert isinstance(view, FeatureView)
    assert steps_of(view)
    assert "reality_check_count_30d_by_continued" in names_of(view)


def test_every_setting_is_in_the_example() -> None:
    files = [path for name in PACKAGES for path in (ROOT / name).rglob("*.py")]
    files += list((ROOT / "tests").rglob("*.py"))
    read = {w for path in files for w in re.findall(r"EVENHAND_[A-Z_]+", path.read_text())}

    told = set(re.findall(r"^(EVENHAND_[A-Z_]+)=", SETTINGS.read_text(), re.MULTILINE))

    assert read == told
