"""`casemail replay`, with and without `--what-if`."""

import subprocess
from uuid import UUID

import pytest
from sqlalchemy import text

from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.resources import Resources
from tests.builders.command import casemail
from tests.builders.replayable_mails import put
from tests.builders.rows import add_mail, run
from tests.builders.world import World


def replay(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return casemail("replay", *arguments, **env)


def states(world: World) -> dict[UUID, str]:
    rows = run(world, "select id, state from mails where tenant_id = :id", id=world.tenant_id)
    return {row.id: row.state for row in rows}


def test_what_if_shows_what_would_change_and_changes_nothing(
    env: dict[str, str], resources: Resources, world: World
) -> None:
    waits, _ = put(resources, world, "client", MailState.HELD, reason=Reason.REPLIES_OFF)
    stays, _ = put(resources, world, "nobody", MailState.HELD, reason=Reason.AUTHOR_UNKNOWN)
    before = states(world)
    done = replay(env, "--tenant", world.slug, "--what-if")
    assert done.returncode == 0, done.stderr
    assert f"{waits}  held replies_off -> posted" in done.stdout
    assert str(stays) not in done.stdout
    assert "of 2 mails 1 more would post, 0 fewer, 0 would end otherwise; nothing was changed" in done.stdout
    assert states(world) == before


def test_for_real_all_that_ended_without_an_update_goes_on_but_what_a_person_discarded(
    env: dict[str, str], resources: Resources, world: World
) -> None:
    goes = [add_mail(world, state, ended_at=now()) for state in (MailState.HELD, MailState.FORWARDED)]
    stays = [
        add_mail(world, MailState.POSTED, ended_at=now()),
        add_mail(world, MailState.DROPPED, ended_at=now(), reason=Reason.DISCARDED),
        add_mail(world, MailState.DROPPED, ended_at=now(), reason=Reason.DUPLICATE, duplicate_of=goes[0]),
    ]
    old = add_mail(world, MailState.HELD, ended_at=now())
    with world.owner().begin() as connection:
        connection.execute(text("update mails set received_at = now() - interval '8 days' where id = :id"), {"id": old})
    before = states(world)
    done = replay(env, "--tenant", world.slug, "--days", "7")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 of 2 mails go through the rules again")
    after = states(world)
    assert {after[mail_id] for mail_id in goes} == {"waiting"}
    assert all(after[mail_id] == before[mail_id] for mail_id in (*stays, old))
    acts = run(world, "select act, actor_id from audit where tenant_id = :id", id=world.tenant_id)
    assert acts == [("mail.replayed", None)] * 2


def test_one_mail_is_replayed_by_its_id(env: dict[str, str], world: World) -> None:
    chosen, other = (add_mail(world, MailState.HELD, ended_at=now()) for _ in range(2))
    assert replay(env, "--tenant", world.slug, "--mail", str(chosen)).returncode == 0
    assert (states(world)[chosen], states(world)[other]) == ("waiting", "held")


@pytest.mark.parametrize("mail", [(), ("--mail", "00000000-0000-7000-8000-000000000001")])
def test_an_unknown_tenant_or_mail_is_refused(env: dict[str, str], world: World, mail: tuple[str, ...]) -> None:
    done = replay(env, "--tenant", world.slug if mail else "nobody", *mail)
    assert done.returncode == 2
    assert "no mail" in done.stderr if mail else "no tenant 'nobody'" in done.stderr
