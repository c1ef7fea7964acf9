"""The notebooks run as they stand, and what they printed is not committed."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
MOST_CELLS = 12


@pytest.fixture
def home(small_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own with the small operator's warehouse; the kernel inherits its name."""
    shutil.copytree(small_warehouse, tmp_path / "warehouse")
    monkeypatch.setenv("EVENHAND_HOME", tmp_path.as_posix())
    monkeypatch.setenv("IPYTHONDIR", (tmp_path / "ipython").as_posix())
    monkeypatch.setenv("MPLBACKEND", "agg")
    return tmp_path


def test_there_are_notebooks() -> None:
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, home: Path) -> None:
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]

    NotebookClient(book, timeout=120, resources={"metadata": {"path": home.as_posix()}}).execute()

    printed = "".join(
        output.get("text", "") for cell in book.cells for output in cell.get("outputs", [])
    )
    assert "Traceback" not in printed
    if path.stem.startswith("02"):
        assert printed.count("refused: ") == 2
        assert "all as they were known" in printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_committed_without_outputs(path: Path) -> None:
    book = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]

    assert len(book.cells) <= MOST_CELLS
    assert book.metadata.kernelspec.name == "python3"
    for cell in book.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
