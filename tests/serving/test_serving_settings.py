import pytest

from core.errors import NotReadyError
from serving.auth import ApiKey, Scope, digest_of, scope_of
from serving.settings import serving_settings_from

CRM, RISK = digest_of("one"), digest_of("two")


def test_keys_are_read_with_their_scopes() -> None:
    read = serving_settings_from({"EVENHAND_API_KEYS": f"crm:{CRM}, risk:{RISK},"})

    assert read.api_keys == (ApiKey(Scope.CRM, CRM), ApiKey(Scope.RISK, RISK))
    assert scope_of("two", read.api_keys) is Scope.RISK
    assert scope_of("three", read.api_keys) is None
    assert scope_of("", read.api_keys) is None


@pytest.mark.parametrize(
    "keys", ["", " , ", "crm", f"admin:{CRM}", "crm:open-sesame", f"crm:{CRM.upper()}", f":{CRM}"]
)
def test_without_a_proper_key_there_is_no_service(keys: str) -> None:
    with pytest.raises(NotReadyError, match=r"EVENHAND_API_KEYS|64 hexadecimal"):
        serving_settings_from({"EVENHAND_API_KEYS": keys})


def test_a_refused_key_is_not_repeated_in_the_message() -> None:
    with pytest.raises(NotReadyError) as caught:
        serving_settings_from({"EVENHAND_API_KEYS": "crm:a-secret-in-clear"})

    assert "a-secret-in-clear" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("EVENHAND_HARM_THRESHOLD", "1.1"), ("EVENHAND_HARM_THRESHOLD", "nan"),
        ("EVENHAND_HARM_THRESHOLD", "0"), ("EVENHAND_RELOAD_SECONDS", "-1"),
        ("EVENHAND_DEADLINE_SECONDS", "soon"),
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(name: str, text: str) -> None:
    with pytest.raises(NotReadyError, match=name):
        serving_settings_from({"EVENHAND_API_KEYS": f"crm:{CRM}", name: text})
