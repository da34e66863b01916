"""Settings: every mistake is told at once, by name."""

import pytest

from schemas.settings import PREFIX, SettingsError, load

GOOD = {
    "KAFKA_SERVERS": "127.0.0.1:9092",
    "DATABASE_URL": "postgresql://casemail:secret@127.0.0.1/casemail",
    "BLOB_URL": "/var/lib/casemail",
    "ADDRESS_KEYS": "a:mfrggzdfmztwq2lknnwg23tpoa",
    "SESSION_SECRET": "s" * 32,
}


@pytest.fixture(autouse=True)
def good(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(PREFIX + name, value)


def problems() -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load()
    return caught.value.problems


def test_good_settings_are_read() -> None:
    settings = load()
    assert settings.database_url == "postgresql+psycopg://casemail:secret@127.0.0.1/casemail"
    assert settings.address_keys == (("a", b"abcdefghijklmnop"),)


def test_all_missing_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(PREFIX + name)
    told = problems()
    assert [line.split(" ", 1)[0] for line in told] == [PREFIX + name for name in GOOD]
    assert all("is missing" in line for line in told)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://x", "is not a PostgreSQL URL"),
        ("ADDRESS_KEYS", "a:mfrgg", "shorter than 16 bytes"),
        ("ADDRESS_KEYS", "a:0189", "not base32"),
        ("ADDRESS_KEYS", "one:mfrggzdfmztwq2lknnwg23tpoa", "one letter"),
        ("ADDRESS_KEYS", "", "at least one key"),
        ("ADDRESS_KEYS", ",".join([GOOD["ADDRESS_KEYS"]] * 2), "may stand once"),
        ("SESSION_SECRET", "short", "32"),
        ("LMTP_PORT", "70000", "65535"),
        ("TENANT_WINDOW", "many", "integer"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    (problem,) = problems()
    assert problem.startswith(PREFIX + name)
    assert words in problem


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "SESSION_SECRET", "short-secret")
    assert "short-secret" not in "".join(problems())
    monkeypatch.setenv(PREFIX + "SESSION_SECRET", GOOD["SESSION_SECRET"])
    assert GOOD["SESSION_SECRET"] not in repr(load())
