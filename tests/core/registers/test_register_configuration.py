"""Which registers are reached where: TLS, secrets, and what a mistake in the file says."""

from pathlib import Path

import httpx
import pytest

from core.errors import DeclarationError, NotReadyError
from core.registers.configuration import registers_of, sandbox_registers
from core.registers.declaration import known_registers


def _registers(tmp_path: Path, text: str, **environ: str) -> dict[str, object]:
    path = tmp_path / "registers.yaml"
    path.write_text(text)
    return dict(registers_of(path, environ, httpx.AsyncClient()))


def test_a_register_is_reached_where_the_file_says_with_its_secret(tmp_path: Path) -> None:
    text = "registers: {oasis: {url: 'https://gateway.example/', token: {env: OASIS_TOKEN}}}"

    found = _registers(tmp_path, text, OASIS_TOKEN="secret")["oasis"]

    assert getattr(found, "url", "") == "https://gateway.example"
    assert getattr(found, "token", "") == "secret"


@pytest.mark.parametrize(
    "url", ["http://gateway.example", "ftp://gateway.example", "gateway.example", "http://10.0.0.1"]
)
def test_personal_details_travel_over_tls_alone(tmp_path: Path, url: str) -> None:
    with pytest.raises(DeclarationError, match="https, or http on this machine"):
        _registers(tmp_path, f"registers: {{oasis: {{url: '{url}'}}}}")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3200", "http://localhost:3200", "http://[::1]:1"]
)
def test_a_gateway_on_this_machine_may_speak_plain_http(url: str) -> None:
    assert set(sandbox_registers(url, httpx.AsyncClient())) == set(known_registers())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("registers: {nowhere: {url: 'https://x'}}", "register 'nowhere'"),
        ("registers: {oasis: {}}", "has no url"),
        ("registers: [oasis]", "sets up none"),
        ("a: [", "no YAML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(DeclarationError, match=says):
        _registers(tmp_path, text)


def test_a_secret_that_is_not_there_is_named_without_its_value(tmp_path: Path) -> None:
    text = "registers: {oasis: {url: 'https://x', token: {env: OASIS_TOKEN}}}"

    with pytest.raises(NotReadyError, match="oasis"):
        _registers(tmp_path, text)


def test_no_file_is_a_readable_error(tmp_path: Path) -> None:
    with pytest.raises(NotReadyError, match=r"registers\.md"):
        registers_of(tmp_path / "none.yaml", {}, httpx.AsyncClient())
