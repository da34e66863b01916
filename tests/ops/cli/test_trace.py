"""`casemail trace` shows the whole life of a mail, from the database alone."""

import json
from typing import Any
from uuid import UUID

from cases import audit
from cases.audit import Act
from schemas.reasons import Reason
from schemas.records import Rejection
from schemas.tables import MailState, new_id
from storage.resources import Resources
from tests.builders.command import casemail
from tests.builders.mails_with_files import PDF, let_through
from tests.builders.outbox import orders
from tests.builders.rows import add_mail, run
from tests.builders.world import World, in_ledger
from tests.servers.mail_server import Answers, server
from workers.attachments.stage import select
from workers.deadletter.stage import settle
from workers.outbox.stage import send
from workers.post.stage import post

__all__ = ["server"]


def traced(mail: UUID, env: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(casemail("trace", mail, "--json", **env).stdout)
    return shown


def words(shown: dict[str, Any], what: str) -> list[str]:
    return [event["words"] for event in shown["events"] if event["what"] == what]


def test_a_mail_that_posted_is_shown_with_its_update_and_what_the_mail_server_said(
    env: dict[str, str], server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    mail = let_through(resources, world, ("a.pdf", PDF))
    post([select(mail, resources)], resources)
    answers.answer = "451 4.7.1 greylisted"
    for order in orders(resources.database, world):
        send(order, resources)
    shown = traced(mail.custody.mail_id, env)
    assert (shown["state"], shown["tenant"]) == ("posted", str(world.tenant_id))
    assert [event["at"] for event in shown["events"]] == sorted(event["at"] for event in shown["events"])
    assert shown["events"][0]["what"] == "in custody"
    ((update_id,),) = run(world, "select id from updates where mail_id = :id", id=mail.custody.mail_id)
    assert words(shown, "update") == [f"{update_id} on case 2026-7"]
    assert len(words(shown, "posted")) == 1
    queued, later = words(shown, "notice queued"), words(shown, "notice due again")
    assert len(queued) == len(later) > 0
    assert all(each.endswith("after 1 try, the mail server said: 451 4.7.1 greylisted") for each in later)
    assert traced(update_id, env) == shown, "the id of the update names the same mail"


def test_a_forward_that_was_refused_and_the_decision_of_a_person_are_shown(
    env: dict[str, str], server: tuple[Answers, Resources], world: World
) -> None:
    answers, resources = server
    run(world, "update tenants set catch_all = 'all@other.example' where id = :id", id=world.tenant_id)
    key = resources.blobs.put(world.tenant_id, "raw", b"Subject: x\r\n\r\nWords.\r\n")
    custody = in_ledger(world, raw=key)
    settle([Rejection(custody=custody, reason=Reason.AUTHOR_UNKNOWN, evidence={})], resources)
    answers.answer = "550 5.7.1 not wanted"
    for order in orders(resources.database, world):
        send(order, resources)
    with resources.database.tenant(world.tenant_id) as connection:
        seen = Act(world.tenant_id, world.people["admin"], "mail.kept", custody.mail_id, {"why": "a friend"})
        audit.record(connection, [seen])
    shown = traced(custody.mail_id, env)
    assert (shown["state"], shown["reason"]) == ("held", "forward_failed")
    assert words(shown, "catch_all failed") == [
        "to all@other.example, 1 try, the mail server said: 550 5.7.1 not wanted"
    ]
    assert words(shown, "mail.kept") == ["by Admin; why: a friend"]


def test_the_table_for_people_has_the_time_between_steps_and_no_control_characters(
    env: dict[str, str], world: World
) -> None:
    to = f"odd\x1b[2J@{world.mail_domain}"
    mail = add_mail(world, MailState.HELD, reason=Reason.AUTHOR_UNKNOWN, recipient=to)
    run(world, "update mails set ended_at = received_at + interval '90 seconds' where id = :id", id=mail)
    done = casemail("trace", mail, **env)
    assert done.returncode == 0
    assert done.stdout.startswith(f"{mail}  held author_unknown\n")
    assert "90.00 s" in done.stdout
    assert "\x1b" not in done.stdout


def test_an_id_of_nothing_ends_with_exit_code_1_and_other_words_with_a_hint(env: dict[str, str]) -> None:
    nothing = new_id()
    done = casemail("trace", nothing, **env)
    assert (done.returncode, done.stdout) == (1, f"no mail and no update of a mail has the id {nothing}\n")
    assert "casemail find" in casemail("trace", "ann@x.example", **env).stderr
