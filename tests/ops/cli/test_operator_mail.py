"""`casemail operator-mail`: mail without a tenant is shown, delivered, discarded, and deleted when it is old."""

import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import text

from schemas.records import Custody, FetchedMail, ParsedMail, Rejection
from schemas.tables import OPERATOR, new_id
from storage.blobs.store import BlobMissingError
from storage.ledger import retention
from storage.resources import Resources
from tests.builders.command import casemail
from tests.builders.rows import run
from tests.builders.world import World
from workers.deadletter.stage import settle
from workers.fetch.custody import Arrival, CustodyService
from workers.parse.stage import parse
from workers.validate.stage import validate


def mail_for(resources: Resources, world: World, recipient: str) -> UUID:
    """Takes in a mail without a tenant and brings it to its end; returns its id."""
    raw = f"From: ann@{world.slug}.example\r\nTo: {recipient}\r\nSubject: For \u202e{world.slug}\r\n\r\nHello.\r\n"
    CustodyService(resources).take(new_id(), [Arrival(raw.encode(), recipient, f"ann@{world.slug}.example", "test")])
    names = ", ".join(
        name if name != "mail_id" else "id as mail_id" for name in Custody.model_fields if name != "heavy"
    )
    (row,) = run(world, f"select {names} from mails where recipient = :to", to=recipient)
    assert row.tenant_id == OPERATOR
    parsed = parse(FetchedMail(custody=Custody(**row._mapping)), resources)
    assert isinstance(parsed, ParsedMail)
    (end,) = validate([parsed], resources)
    assert isinstance(end, Rejection)
    settle([end], resources)
    return UUID(str(row.mail_id))


@pytest.fixture
def recipient(world: World) -> str:
    return f"office@nowhere-{world.slug}.example"


def state(world: World, mail_id: UUID) -> tuple[str, str]:
    (row,) = run(world, "select state, reason from mails where id = :id", id=mail_id)
    return row.state, row.reason


def test_what_is_held_is_listed_and_shown(
    env: dict[str, str], resources: Resources, world: World, recipient: str
) -> None:
    mail_id = mail_for(resources, world, recipient)
    assert state(world, mail_id) == ("held", "unknown_tenant")
    listed = casemail("operator-mail", "list", **env).stdout
    assert f"{mail_id}  " in listed
    assert f"ann@{world.slug}.example -> {recipient}" in listed
    assert "\u202e" not in listed
    shown = casemail("operator-mail", "show", str(mail_id), **env).stdout
    assert "meaning: No recipient of the mail belongs to any tenant." in shown
    command = [sys.executable, "-m", "ops", "operator-mail", "show", str(mail_id), "--raw"]
    settings = {f"CASEMAIL_{name}": value for name, value in env.items()}
    raw = subprocess.run(command, env=settings, capture_output=True, timeout=300, check=True).stdout
    assert raw == resources.blobs.get(run(world, "select raw from mails where id = :id", id=mail_id)[0].raw)


def test_a_mail_is_given_to_the_tenant_that_now_has_its_address_and_only_once(
    env: dict[str, str], resources: Resources, world: World, recipient: str
) -> None:
    mail_id = mail_for(resources, world, recipient)
    done = casemail("operator-mail", "deliver", str(mail_id), **env)
    assert (done.returncode, "no tenant has the address" in done.stdout) == (1, True)
    assert state(world, mail_id) == ("held", "unknown_tenant")
    domain = recipient.partition("@")[2]
    run(world, "update tenants set mail_domain = :domain where id = :id", domain=domain, id=world.tenant_id)
    done = casemail("operator-mail", "deliver", str(mail_id), **env)
    assert (done.returncode, f"{mail_id}: delivered" in done.stdout) == (0, True), done.stderr
    assert state(world, mail_id) == ("dropped", "discarded")
    (mail,) = run(world, "select state, recipient, raw from mails where tenant_id = :id", id=world.tenant_id)
    assert (mail.state, mail.recipient) == ("waiting", recipient)
    assert mail.raw.startswith(str(world.tenant_id)), "the tenant has bytes of its own"
    assert casemail("operator-mail", "deliver", str(mail_id), **env).returncode == 1
    assert run(world, "select count(*) from mails where tenant_id = :id", id=world.tenant_id) == [(1,)]
    acts = run(world, "select act, tenant_id from audit where subject_id = :id", id=mail_id)
    assert [tuple(act) for act in acts] == [("mail.discarded", OPERATOR)]


def test_a_mail_that_nobody_needs_is_discarded_and_its_original_goes_in_time(
    env: dict[str, str], resources: Resources, world: World, recipient: str
) -> None:
    mail_id = mail_for(resources, world, recipient)
    run(world, "update mails set ended_at = now() - interval '400 days' where id = :id", id=mail_id)
    key = run(world, "select raw from mails where id = :id", id=mail_id)[0].raw
    retention.sweep(resources.database, resources.blobs, most=10_000)
    assert resources.blobs.get(key), "what is held stays"
    done = casemail("operator-mail", "discard", str(mail_id), str(new_id()), **env)
    assert (done.returncode, "1 mails are discarded" in done.stdout, "There is no such mail." in done.stdout) == (
        1,
        True,
        True,
    )
    assert state(world, mail_id) == ("dropped", "discarded")
    run(world, "update mails set ended_at = now() - interval '91 days' where id = :id", id=mail_id)
    retention.sweep(resources.database, resources.blobs, most=10_000)
    with pytest.raises(BlobMissingError):
        resources.blobs.get(key)


def test_all_that_have_been_held_for_long_are_discarded_at_once(
    env: dict[str, str], resources: Resources, world: World, recipient: str
) -> None:
    old, new = mail_for(resources, world, recipient), mail_for(resources, world, f"x{recipient}")
    run(world, "update mails set received_at = now() - interval '31 days' where id = :id", id=old)
    assert casemail("operator-mail", "discard", "--days", "30", **env).returncode == 0
    assert (state(world, old)[0], state(world, new)[0]) == ("dropped", "held")
    assert casemail("operator-mail", "discard", **env).returncode == 2
    assert casemail("operator-mail", "discard", str(new), "--days", "30", **env).returncode == 2


def test_a_tenants_mail_is_not_shown_and_a_persons_can_be_erased(
    env: dict[str, str], resources: Resources, world: World, recipient: str
) -> None:
    mail_id = mail_for(resources, world, recipient)
    CustodyService(resources).take(
        new_id(), [Arrival(b"From: a@b\r\n\r\nx", f"office@{world.mail_domain}", "", "test")]
    )
    (own,) = run(world, "select id from mails where tenant_id = :id", id=world.tenant_id)
    for command in ("show", "deliver", "discard"):
        assert casemail("operator-mail", command, str(own.id), **env).returncode > 0
    assert state(world, own.id) == ("waiting", "")
    done = casemail("erase", "--tenant", "operator", "--email", f"ann@{world.slug}.example", "--yes", **env)
    assert "1 email that they wrote" in done.stdout
    assert state(world, mail_id) == ("dropped", "erased")
    with resources.database.tenant(OPERATOR) as connection:
        query = text("select author, subject from mails where id = :id")
        assert tuple(connection.execute(query, {"id": mail_id}).one()) == ("", "")
