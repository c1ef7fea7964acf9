"""Public data is taken only as it was measured."""

from pathlib import Path

import pytest

from benchmarks.public_data import PublicFile, find
from core.errors import NotReadyError, SourceError

FILE = PublicFile(
    "set/file.csv",
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",  # of the word hello
    "somewhere",
)


def test_a_file_of_the_right_bytes_is_found(tmp_path: Path) -> None:
    path = tmp_path / "set" / "file.csv"
    path.parent.mkdir()
    path.write_text("hello")

    assert find(FILE, {"EVENHAND_DATA": tmp_path.as_posix()}) == path


def test_an_altered_copy_is_refused_and_both_checksums_are_named(tmp_path: Path) -> None:
    path = tmp_path / "set" / "file.csv"
    path.parent.mkdir()
    path.write_text("hello!")

    with pytest.raises(SourceError, match=FILE.sha256):
        find(FILE, {"EVENHAND_DATA": tmp_path.as_posix()})


def test_a_missing_folder_or_file_says_where_the_data_comes_from(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match="somewhere"):
        find(FILE, {})
    with pytest.raises(NotReadyError, match="somewhere"):
        find(FILE, {"EVENHAND_DATA": tmp_path.as_posix()})
