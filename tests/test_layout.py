"""The top-level import names are ours and resolve to this repository."""

from pathlib import Path

import pytest

from core.errors import NotReadyError
from core.guard import PACKAGES, check_layout

ROOT = Path(__file__).resolve().parents[1]


def test_every_top_level_name_resolves_to_this_repository() -> None:
    check_layout(ROOT)


def test_a_name_that_resolves_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match=PACKAGES[0]):
        check_layout(tmp_path)


def test_every_package_is_typed_and_explained() -> None:
    for name in PACKAGES:
        assert (ROOT / name / "py.typed").is_file(), name
        assert (ROOT / name / "__init__.py").read_text().startswith('"""'), name
