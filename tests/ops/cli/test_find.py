"""`casemail find` finds any mail and shows its way through the system."""

from uuid import UUID

from schemas.reasons import Reason
from schemas.tables import MailState, new_id
from storage.resources import Resources
from tests.builders.command import casemail
from tests.builders.rows import add_mail, run
from tests.builders.world import World, make_world
from workers.fetch.custody import Arrival, CustodyService


def taken(resources: Resources, world: World, name: str) -> tuple[UUID, UUID]:
    """Takes a mail into custody; returns its id and its batch."""
    raw = f"From: {name}@people.example\r\nSubject: s\r\n\r\nSecret words.\r\n".encode()
    batch = new_id()
    CustodyService(resources).take(
        batch, [Arrival(raw, f"{name}@{world.mail_domain}", f"{name}@people.example", f"ref-{name}")]
    )
    (row,) = run(world, "select id from mails where batch_id = :id", id=batch)
    return row.id, batch


def test_a_mail_is_found_by_its_id_its_batch_an_address_or_the_reference_of_the_mail_server(
    env: dict[str, str], resources: Resources, world: World
) -> None:
    mail, batch = taken(resources, world, f"ann-{world.slug}")
    for words in (str(mail), str(batch), f"ANN-{world.slug}@people", f"ref-ann-{world.slug}"):
        done = casemail("find", words, **env)
        assert done.returncode == 0
        assert done.stdout.startswith(f"{mail}  waiting\n")
        assert f"  to         ann-{world.slug}@{world.mail_domain}, of {world.slug}\n" in done.stdout
        assert "Secret" not in done.stdout


def test_the_end_of_a_mail_is_shown_with_the_reason(env: dict[str, str], world: World) -> None:
    mail = add_mail(world, MailState.HELD, reason=Reason.AUTHOR_UNKNOWN, subject=f"Odd \x1b[2J {world.slug}")
    done = casemail("find", f"odd \x1b[2j {world.slug}", **env).stdout
    assert done.startswith(f"{mail}  held author_unknown\n")
    assert "\x1b" not in done
    assert f"/inbound/{mail}\n" in done


def test_only_mails_of_the_given_tenant_and_days_are_found(env: dict[str, str], world: World) -> None:
    other = make_world(world.owner_url)
    subject = f"Shared {world.slug}"
    mine, theirs = (add_mail(each, MailState.DROPPED, subject=subject) for each in (world, other))
    both = casemail("find", subject, **env).stdout
    assert str(mine) in both
    assert str(theirs) in both
    assert str(theirs) not in casemail("find", subject, "--tenant", world.slug, **env).stdout
    run(world, "update mails set received_at = now() - interval '8 days' where id = :id", id=mine)
    none = casemail("find", subject, "--tenant", world.slug, **env)
    assert none.returncode == 1
    assert f"no mail of {world.slug} of the last 7 days" in none.stdout
    assert str(mine) in casemail("find", subject, "--tenant", world.slug, "--days", "9", **env).stdout
    assert "--most" in casemail("find", subject, "--days", "9", "--most", "1", **env).stdout


def test_an_id_is_found_whatever_its_age_but_only_in_the_given_tenant(env: dict[str, str], world: World) -> None:
    mail = add_mail(world, MailState.DROPPED, subject="Old")
    run(world, "update mails set received_at = now() - interval '90 days' where id = :id", id=mail)
    assert casemail("find", str(mail), "--tenant", world.slug, **env).stdout.startswith(f"{mail}  dropped")
    elsewhere = casemail("find", str(mail), "--tenant", make_world(world.owner_url).slug, **env)
    assert (elsewhere.returncode, "has the id" in elsewhere.stdout) == (1, True)


def test_an_id_of_nothing_is_said_to_be_of_nothing(env: dict[str, str]) -> None:
    nothing = new_id()
    done = casemail("find", str(nothing), **env)
    assert (done.returncode, done.stdout) == (1, f"no mail and no batch has the id {nothing}\n")
