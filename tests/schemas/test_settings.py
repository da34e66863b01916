"""Settings: all mistakes are reported at once, by the names of their variables."""

from pathlib import Path

import pytest

from schemas.settings import PREFIX, SettingsError, load
from tests.builders.environment import GOOD


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
    assert settings.database.url == "postgresql+psycopg://casemail:secret@127.0.0.1/casemail"
    assert settings.secrets.address_keys == (("a", b"abcdefghijklmnop"),)


def test_all_missing_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(PREFIX + name)
    found = problems()
    assert [line.split(" ", 1)[0] for line in found] == [PREFIX + name for name in GOOD]
    assert all("is missing" in line for line in found)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://x", "is not a PostgreSQL URL"),
        ("ADDRESS_KEYS", "a:mfrgg", "shorter than 16 bytes"),
        ("ADDRESS_KEYS", "a:0189", "not base32"),
        ("ADDRESS_KEYS", "one:mfrggzdfmztwq2lknnwg23tpoa", "one letter"),
        ("ADDRESS_KEYS", "", "at least one key"),
        ("ADDRESS_KEYS", ",".join([GOOD["ADDRESS_KEYS"]] * 2), "only once"),
        ("SESSION_SECRET", "short", "32"),
        ("LMTP_PORT", "70000", "65535"),
        ("TENANT_WINDOW", "many", "integer"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, proxy.example", "names 'proxy.example'"),
        *(
            ("CLAMD", value, "neither host:port nor the path")
            for value in ("scanner", "scanner:70000", ":3310", "run/c")
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    (problem,) = problems()
    assert problem.startswith(PREFIX + name)
    assert words in problem


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CASEMAIL_TENANT_WINDW", "is not a setting. Did you mean CASEMAIL_TENANT_WINDOW?"),
        ("casemail_smtp_prot", "CASEMAIL_SMTP_PROT is not a setting. Did you mean CASEMAIL_SMTP_PORT?"),
        ("CASEMAIL_QQQQQQQQQQ", "is not a setting. Remove it."),
        ("CASEMAIL_ASSETS_DIR", "is not a setting any more: htmx and Pico CSS are part of casemail. Remove it."),
        ("CASEMAIL_LMTP_SERVICE_HOST", "Kubernetes made it: set enableServiceLinks: false in the pod."),
    ],
)
def test_a_variable_that_is_no_setting_is_named_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setenv(name, "1")
    (problem,) = problems()
    assert problem.startswith(name.upper())
    assert words in problem


def test_unknown_variables_are_named_together_with_other_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEMAIL_LMTP_PORT", "no number")
    monkeypatch.setenv("CASEMAIL_LMTP_PROT", "24")
    monkeypatch.setenv("CASEMAIL_CACHE_DIR", "/var/cache")  # where downloads are kept, which is no setting
    monkeypatch.delenv("CASEMAIL_BLOB_URL")
    assert [line.split(" ", 1)[0].removeprefix(PREFIX) for line in problems()] == ["BLOB_URL", "LMTP_PORT", "LMTP_PROT"]


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "SESSION_SECRET", "short-secret")
    assert "short-secret" not in "".join(problems())
    monkeypatch.setenv(PREFIX + "SESSION_SECRET", GOOD["SESSION_SECRET"])
    assert GOOD["SESSION_SECRET"] not in repr(load())


def test_settings_of_kafka_that_belong_together_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.touch()
    secured = {"SECURITY_PROTOCOL": "SASL_SSL", "CA_FILE": str(ca_file), "USERNAME": "me", "PASSWORD": "my-secret"}
    for name, value in secured.items():
        monkeypatch.setenv(f"{PREFIX}KAFKA_{name}", value)
    settings = load()
    assert settings.kafka.ca_file == ca_file
    assert settings.kafka.sasl_mechanism == "SCRAM-SHA-512"
    assert settings.kafka.password is not None
    assert settings.kafka.password.get_secret_value() == "my-secret"
    assert "my-secret" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({"SECURITY_PROTOCOL": "SASL_SSL"}, {"USERNAME": "is missing", "PASSWORD": "is missing"}),
        ({"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "me", "PASSWORD": ""}, {"PASSWORD": "is missing"}),
        ({"USERNAME": "me", "PASSWORD": "x"}, {"USERNAME": "make it SASL_SSL", "PASSWORD": "make it SASL_SSL"}),
        ({"CA_FILE": __file__}, {"CA_FILE": "PROTOCOL is PLAINTEXT"}),
        ({"SECURITY_PROTOCOL": "SSL", "KEY_FILE": __file__}, {"KEY_FILE": "KAFKA_CERT_FILE is not"}),
        ({"SECURITY_PROTOCOL": "SSL", "CA_FILE": "/none/ca.pem"}, {"CA_FILE": "/none/ca.pem, where there is no file"}),
        ({"SECURITY_PROTOCOL": "TLS"}, {"SECURITY_PROTOCOL": "'SASL_SSL'"}),
        ({"SASL_MECHANISM": "GSSAPI"}, {"SASL_MECHANISM": "'SCRAM-SHA-512'"}),
    ],
)
def test_settings_of_kafka_that_contradict_are_all_reported_at_once(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], reported: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"{PREFIX}KAFKA_{name}", value)
    monkeypatch.delenv(PREFIX + "BLOB_URL")
    expected = {f"{PREFIX}KAFKA_{name}": words for name, words in reported.items()} | {
        f"{PREFIX}BLOB_URL": "is missing"
    }
    found = {line.split(" ", 1)[0]: line for line in problems()}
    assert found.keys() == expected.keys()
    assert all(words in found[name] for name, words in expected.items())


@pytest.mark.parametrize(
    ("given", "reported"),
    [
        ({"USERNAME": "me", "PASSWORD": "x"}, {"USERNAME": "make it starttls or tls"}),
        ({"SECURITY": "tls", "USERNAME": "me"}, {"PASSWORD": "is missing"}),
        ({"SECURITY": "starttls", "PASSWORD": "my-secret"}, {"PASSWORD": "USERNAME is not"}),
        ({"CA_FILE": __file__}, {"CA_FILE": "make it starttls or tls"}),
        ({"SECURITY": "tls", "CA_FILE": "/none/ca.pem"}, {"CA_FILE": "/none/ca.pem, where there is no file"}),
        ({"SECURITY": "ssl"}, {"SECURITY": "'starttls'"}),
        ({"TENANT_LIMIT": "-1"}, {"TENANT_LIMIT": "greater than or equal to 0"}),
    ],
)
def test_settings_of_the_mail_server_that_contradict_are_reported(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], reported: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"{PREFIX}SMTP_{name}", value)
    found = {line.split(" ", 1)[0]: line for line in problems()}
    assert found.keys() == {f"{PREFIX}SMTP_{name}" for name in reported}
    assert all(words in found[f"{PREFIX}SMTP_{name}"] for name, words in reported.items())
    assert "my-secret" not in "".join(found.values())
