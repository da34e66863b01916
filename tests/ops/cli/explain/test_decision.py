"""`casemail explain` shows the decision: with the database, or from the mail alone without settings."""

import os
import subprocess
import sys
from base64 import b32encode
from pathlib import Path

import pytest

from ops.embedded import Postgres
from schemas.reasons import Reason
from schemas.tables import new_id
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.world import KEYS, World
from workers.fetch.custody import Arrival, CustodyService
from workers.validate.rules import RULES

BARE = {name: value for name, value in os.environ.items() if not name.startswith("CASEMAIL_")}


def explain(path: Path, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops", "explain", str(path), *arguments]
    environment = {**BARE, **(env or {})}
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False)


@pytest.fixture
def env(migrated: Postgres, tmp_path: Path) -> dict[str, str]:
    return {
        "CASEMAIL_KAFKA_SERVERS": "127.0.0.1:1",
        "CASEMAIL_DATABASE_URL": migrated.url,
        "CASEMAIL_BLOB_URL": str(tmp_path / "blobs"),
        "CASEMAIL_ADDRESS_KEYS": f"a:{b32encode(KEYS[0][1]).decode()}",
        "CASEMAIL_SESSION_SECRET": "s" * 32,
    }


@pytest.fixture
def address(database: Database, world: World) -> str:
    return reply_address(database, world, world.post(database, "staff", "client"), "client")


def letter(tmp_path: Path, author: str, to: str) -> Path:
    path = tmp_path / "answer.eml"
    path.write_text(f"From: {author}\nTo: {to}\nSubject: Re: A leak\nReturn-Path: <{author}>\n\nYes.\n")
    return path


def rows(out: str) -> dict[str, str]:
    """Returns the verdict of each rule of the decision."""
    found = {}
    for line in out.partition("The decision\n")[2].partition("\n\n")[0].splitlines():
        verdict, separator, rest = line.strip().partition(" not ")
        if separator and rest.split()[0] in set(Reason):
            found[rest.split()[0]] = verdict.strip()
    return found


def test_every_rule_holds_for_a_recipients_answer(
    world: World, address: str, env: dict[str, str], tmp_path: Path
) -> None:
    out = explain(letter(tmp_path, world.email("client"), address), env=env).stdout
    assert rows(out) == {rule.reason.value: "holds" for rule in RULES}
    assert "It posts, if the form takes its text and files." in out
    assert "In-Reply-To: no sign of an answer, quote: no sign of an answer, subject: re:" in out


def test_the_rule_that_fails_is_shown_with_its_evidence_and_the_rest_is_not_asked(
    world: World, address: str, env: dict[str, str], tmp_path: Path
) -> None:
    out = explain(letter(tmp_path, world.email("member"), address), "--database", env=env).stdout
    found = rows(out)
    assert found["author_inactive"] == "holds"
    assert found["not_a_recipient"] == "FAILS"
    assert found["duplicate"] == "not asked"
    assert f"author: {world.email('member')}, recipient: {address}" in out
    assert "The sender was not sent the update that the mail answers." in out


def test_a_mail_in_the_ledger_is_shown_as_it_is_there(
    resources: Resources, world: World, address: str, env: dict[str, str], tmp_path: Path
) -> None:
    path = letter(tmp_path, world.email("client"), address)
    CustodyService(resources).take(new_id(), [Arrival(path.read_bytes(), address, "", "ref")])
    assert ": waiting\n" in explain(path, env=env).stdout


def test_the_recipient_can_be_given_and_a_mistyped_one_is_explained(
    world: World, address: str, env: dict[str, str], tmp_path: Path
) -> None:
    local, domain = address.split("@")
    path = letter(tmp_path, world.email("client"), "somebody@else.example")
    assert rows(explain(path, "--recipient", address, env=env).stdout)["not_related"] == "holds"
    out = explain(path, "--recipient", f"{local[:-1]}@{domain}", env=env).stdout
    assert (rows(out)["mistyped_address"], "did you mean: case 2026-7" in out) == ("FAILS", True)


def test_without_settings_only_rules_that_the_mail_decides_are_shown(tmp_path: Path) -> None:
    found = rows(explain(letter(tmp_path, "a@b.example", "c@d.example")).stdout)
    assert (found["author_unclear"], found["auto_reply"]) == ("holds", "holds")
    assert found["not_a_recipient"] == "needs the database"


def test_with_database_and_no_settings_the_missing_settings_are_named(tmp_path: Path) -> None:
    done = explain(letter(tmp_path, "a@b.example", "c@d.example"), "--database")
    assert done.returncode == 2
    assert "CASEMAIL_DATABASE_URL is missing" in done.stderr
