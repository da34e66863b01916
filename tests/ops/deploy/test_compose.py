"""The compose file is as its specification says, its services fit casemail, and its image's parts are there."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from ops.cli.main import Commands
from ops.deploy.healthy import PORTS
from schemas.settings import load, variables
from tests.ops.deploy.units import ROLES

DEPLOY = Path(__file__).parents[3] / "ops" / "deploy"
EXAMPLE = DEPLOY / "compose.env.example"
_VARIABLE = re.compile(r"\$\{(\w+)(?::(-|\?)([^}]*))?\}")


def filled(text: str, values: dict[str, str]) -> str:
    """Returns the file with its variables replaced, as Compose does: `${A:-default}`, `${A:?message}`."""
    return _VARIABLE.sub(lambda found: values.get(found[1]) or (found[3] if found[2] == "-" else "x"), text)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    made = {
        "ADDRESS_KEYS": "a:mfrggzdfmztwq2lknnwg23tpoa",
        "SESSION_SECRET": "s" * 32,
        "SECRET_KEYS": "c2VjcmV0IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU=",
    }
    parsed: dict[str, Any] = yaml.safe_load(filled((DEPLOY / "compose.yaml").read_text(), made))
    return parsed


def test_it_is_valid(compose: dict[str, Any]) -> None:
    plain = {key: value for key, value in compose.items() if not key.startswith("x-")}
    assert set(PyCompose.from_yaml(yaml.safe_dump(plain)).service_names()) >= {*ROLES, "kafka", "postgres", "postfix"}


def test_a_fault_is_seen(compose: dict[str, Any]) -> None:
    wrong = {"services": {"worker": compose["services"]["worker"] | {"comand": ["worker"]}}}
    with pytest.raises(ValueError, match="comand"):
        PyCompose.from_yaml(yaml.safe_dump(wrong))


def test_every_variable_is_in_the_example() -> None:
    wanted = {found[0] for found in _VARIABLE.findall((DEPLOY / "compose.yaml").read_text()) if found[1] != "-"}
    assert wanted <= set(re.findall(r"^(\w+)=", EXAMPLE.read_text(), re.MULTILINE))


def test_each_role_runs_with_settings_that_are_right(compose: dict[str, Any]) -> None:
    for role in ROLES:
        service = compose["services"][role]
        assert service["command"] == [role]
        assert role in Commands.TABLE
        assert service["read_only"]
        assert service["environment"].keys() <= variables().keys()
        load({**service["environment"], "CASEMAIL_BLOB_URL": "/var/lib/casemail/blobs"})
        assert "CASEMAIL_OWNER_DATABASE_URL" not in service["environment"]
    assert "CASEMAIL_OWNER_DATABASE_URL" in compose["services"]["migrate"]["environment"]


def test_prometheus_finds_each_role_at_its_port() -> None:
    scraped = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"][0]["dns_sd_configs"]
    assert {each["names"][0]: each["port"] for each in scraped} == {role: PORTS[role][1] for role in ROLES}


def test_prometheus_can_read_its_configuration(tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    rules = DEPLOY.parent / "prometheus"
    config.write_text((DEPLOY / "prometheus.yml").read_text().replace("/etc/casemail", str(rules)))
    subprocess.run(["promtool", "check", "config", config], check=True, capture_output=True)


def test_postfix_knows_every_parameter_and_relays_for_nobody_at_port_25(tmp_path: Path) -> None:
    for name in ("main.cf", "master.cf"):
        (tmp_path / name).write_bytes((DEPLOY / "postfix" / name).read_bytes())
    done = subprocess.run(["postconf", "-c", tmp_path, "-n"], capture_output=True, text=True, check=True)
    assert "unused parameter" not in done.stderr
    assert "smtpd_relay_restrictions = reject_unauth_destination" in done.stdout
    masters = subprocess.run(["postconf", "-c", tmp_path, "-M"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^10025 +inet .*smtpd_relay_restrictions=permit_mynetworks,reject", masters, re.MULTILINE)


def test_every_file_that_is_mounted_or_copied_is_there(compose: dict[str, Any]) -> None:
    mounts = [each.split(":")[0] for service in compose["services"].values() for each in service.get("volumes", [])]
    for path in (each for each in mounts if each.startswith(".")):
        assert (DEPLOY / path).resolve().exists(), path
    copied = re.findall(r"^COPY (.*) \S+$", (DEPLOY / "postfix.Containerfile").read_text(), re.MULTILINE)
    for path in (path for line in copied for path in line.split()):
        assert (DEPLOY / path).is_file(), path
