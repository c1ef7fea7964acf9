"""Benchmarks are found by their `main()`, run apart, and keep their results."""

import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as runner


def _write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)


def test_a_module_with_a_main_is_a_benchmark_and_is_not_imported_to_be_found(
    tmp_path: Path,
) -> None:
    _write(tmp_path, "speed", '"""How fast."""\n\nraise SystemExit\n\n\ndef main() -> None: ...\n')
    _write(tmp_path, "loader", '"""Not one."""\n')
    _write(tmp_path, "remote", '"""Far."""\n\nASKS = "URL"\n\n\ndef main() -> None: ...\n')

    found = runner.discover(tmp_path)

    assert {name: (one.measures, one.asks) for name, one in found.items()} == {
        "remote": ("Far.", "URL"),
        "speed": ("How fast.", ""),
    }


def test_the_benchmarks_of_the_project_are_found() -> None:
    assert {"cdnow", "dib_sports", "training_frame"} <= set(runner.discover())


def test_a_page_names_the_command_the_machine_and_the_packages() -> None:
    one = runner.Benchmark("speed", "How fast.", "")

    page = runner._page(one, "fast: 3\n", ["--runs", "1"])

    assert page.startswith("# speed\n\nHow fast.\n\n```text\nfast: 3\n```\n")
    assert "`python -m benchmarks speed -- --runs 1`" in page
    assert "lightgbm" in page


def test_a_table_is_not_fenced() -> None:
    page = runner._page(runner.Benchmark("t", "T.", ""), "| a |\n| :-- |\n| 1 |\n", [])

    assert "```" not in page


def test_missing_data_is_no_failure_and_leaves_the_kept_result_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(runner, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "cdnow"])
    monkeypatch.delenv("EVENHAND_DATA", raising=False)

    assert runner.main() == 0

    assert list(tmp_path.iterdir()) == []
    assert "not run" in capsys.readouterr().out
