"""Regions: what is not configured is refused, and two meet only where both say so."""

from pathlib import Path

import pytest

from core.compliance.load import packs
from core.errors import DeclarationError, NotReadyError
from core.kyc.keys import add_key
from core.kyc.opening import migrate
from core.residency import Region, residency, residency_in

NL = "{kyc_url: 'sqlite:///nl.sqlite', bucket: 'file:///srv/nl', key_file: nl.keys}"


def written(folder: Path, text: str) -> Path:
    path = folder / "regions.yaml"
    path.write_text(text)
    return path


def test_a_pack_goes_to_its_region_and_one_without_is_refused(tmp_path: Path) -> None:
    found = residency(written(tmp_path, f"NL: {NL}"))

    assert found.region_of(packs()["NL"]).key_file == (tmp_path / "nl.keys").resolve()
    with pytest.raises(NotReadyError, match="region US-NJ of pack NJ is not configured"):
        found.region_of(packs()["NJ"])


def test_without_a_file_nothing_is_opened() -> None:
    with pytest.raises(NotReadyError, match="EVENHAND_REGIONS is not set"):
        residency_in({})


GB = "{kyc_url: 'sqlite:///%s.sqlite', bucket: 'file:///srv/%s', key_file: %s.keys"


@pytest.mark.parametrize(
    ("other", "what"),
    [(GB % ("./nl", "gb", "gb"), "database"), (GB % ("gb", "nl/gb", "gb"), "bucket"),
     (GB % ("gb", "gb", "./nl"), "key ring")],
    ids=("database", "bucket", "ring"),
)  # fmt: skip
def test_two_regions_meet_only_if_both_say_so_and_a_warning_says_it(
    tmp_path: Path, other: str, what: str
) -> None:
    one_sided = f"NL: {NL[:-1]}, meets: [GB]}}\nGB: {other}}}"
    with pytest.raises(DeclarationError, match=f"share a {what}"):
        residency(written(tmp_path, one_sided))

    both = f"NL: {NL[:-1]}, meets: [GB]}}\nGB: {other}, meets: [NL]}}"
    assert residency(written(tmp_path, both)).warnings() == [
        f"GB and NL share a {what}: the file says they may"
    ]


def test_a_database_refuses_a_region_that_came_under_another_address(
    region: Region, tmp_path: Path
) -> None:
    migrate(region)
    add_key(tmp_path / "nl.keys", 1)
    other = Region("NL", region.kyc_url, tmp_path / "nl", tmp_path / "nl.keys")

    with pytest.raises(NotReadyError, match="holds records of GB"):
        migrate(other)


@pytest.mark.parametrize(
    "text",
    ["NL: {kyc_url: 'mysql://u:secret@h/d', bucket: 'file:///b', key_file: k}",
     "NL: {kyc_url: 'sqlite:///x', bucket: 's3://secret', key_file: k}", "[", "NL: 5"],
    ids=("database", "bucket", "yaml", "form"),
)  # fmt: skip
def test_a_file_that_is_none_is_refused_without_its_secrets(tmp_path: Path, text: str) -> None:
    with pytest.raises(DeclarationError) as met:
        residency(written(tmp_path, text))

    assert "secret" not in str(met.value)
