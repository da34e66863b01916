"""`casemail erase`."""

from schemas.tables import MailState, now
from tests.console.browser import add_mail, run
from tests.ops.test_cli import casemail
from tests.ops.test_replay_command import env
from tests.world import World

__all__ = ["env"]


def test_a_persons_mails_are_erased_and_what_waits_is_told(env: dict[str, str], world: World) -> None:
    mail_id = add_mail(world, MailState.HELD, author=world.email("client"), ended_at=now())
    moving = add_mail(world, MailState.MOVING, sender=world.email("client"))
    done = casemail("erase", "--tenant", world.slug, "--email", world.email("client"), **env)
    assert done.returncode == 1, done.stderr
    assert "1 mails erased" in done.stdout
    assert "1 mails are still on their way" in done.stdout
    rows = run(world, "select id, author, raw_deleted_by from mails where tenant_id = :id", id=world.tenant_id)
    assert {row.id: (row.author, row.raw_deleted_by) for row in rows} == {mail_id: ("", "erasure"), moving: ("", "")}


def test_a_tenant_that_is_not_there_is_told(env: dict[str, str]) -> None:
    done = casemail("erase", "--tenant", "nobody", "--email", "a@b.example", **env)
    assert done.returncode == 2
    assert "no tenant 'nobody'" in done.stderr
