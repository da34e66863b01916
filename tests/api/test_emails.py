"""Inbound emails by the API: what became of each, why, and decisions on them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from cases.people.api_tokens import Scope
from schemas.reasons import Reason
from schemas.tables import MailState, new_id, now
from storage.database import Database
from storage.resources import Resources
from tests.api.client import Api, Client, token_for
from tests.builders.rows import add_mail, run
from tests.builders.world import World
from workers.fetch.custody import Arrival, CustodyService

RAW = b"From: member@x\r\nSubject: Re: A leak\r\n\r\nSee you on Monday.\r\n"


def held(world: World, reason: Reason = Reason.NOT_A_RECIPIENT, **more: Any) -> UUID:
    values = {"author": world.email("member"), "subject": "Re: A leak", "ended_at": now(), "reason": reason, **more}
    return add_mail(world, MailState.HELD, **values)


def test_emails_are_listed_by_state_and_reason_with_the_newest_first(host: Client, world: World) -> None:
    made = [held(world) for _ in range(3)]
    bounce = add_mail(world, MailState.DROPPED, reason=Reason.BOUNCE, ended_at=now())
    everything = host.ask("GET", "/emails")["data"]
    assert [email["id"] for email in everything] == [str(bounce), *(str(each) for each in reversed(made))]
    assert everything[1]["state"] == "held"
    assert everything[1]["reason"] == "not_a_recipient"
    assert [email["id"] for email in host.ask("GET", "/emails?reason=bounce")["data"]] == [str(bounce)]
    first = host.ask("GET", "/emails?state=held&limit=2")
    second = host.ask("GET", "/emails", params={"state": "held", "limit": 2, "cursor": first["next_cursor"]})
    assert [email["id"] for email in first["data"] + second["data"]] == [str(each) for each in reversed(made)]
    later = {"since": everything[0]["received_at"]}
    assert [email["id"] for email in host.ask("GET", "/emails", params=later)["data"]] == [str(bounce)]


def test_why_an_email_was_held_and_its_original_can_be_read(api: Api, host: Client, world: World) -> None:
    address = f"case-nobody@{world.mail_domain}"
    CustodyService(api.resources).take(new_id(), [Arrival(RAW, address, "member@x", "test")])
    ((mail_id,),) = run(world, "select id from mails where tenant_id = :id", id=world.tenant_id)
    rules = host.ask("GET", f"/emails/{mail_id}/why")["data"]
    assert "no" in [rule["answer"] for rule in rules]
    answer = host.http.get(f"/emails/{mail_id}/original")
    assert answer.content == RAW
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_deleted_original_is_gone(host: Client, world: World) -> None:
    mail_id = held(world, raw_deleted_by="retention")
    host.refusal("GET", f"/emails/{mail_id}/original", 410)
    host.refusal("GET", f"/emails/{mail_id}/why", 404)
    assert host.ask("GET", f"/emails/{mail_id}")["has_original"] is False


def test_an_action_is_done_in_the_name_of_the_admin_of_the_token(host: Client, world: World) -> None:
    first, second = held(world), held(world)
    asked = {"action": "discard", "emails": [{"id": str(first), "run": 0}, {"id": str(second), "run": 5}]}
    result = host.ask("POST", "/emails/actions", json=asked)
    assert result["done"] == [str(first)]
    assert result["refused"][0]["id"] == str(second)
    assert "handled this" in result["refused"][0]["message"]
    ((actor, details),) = run(world, "select actor_id, details from audit where subject_id = :id", id=first)
    assert (actor, details) == (world.people["admin"], {"api token": "the host"})


def test_an_action_is_queued_and_shows_its_run(host: Client, world: World) -> None:
    mail_id = held(world)
    asked = {"action": "replay", "emails": [{"id": str(mail_id), "run": 0}]}
    assert host.ask("POST", "/emails/actions", json=asked)["done"] == [str(mail_id)]
    now_ = host.ask("GET", f"/emails/{mail_id}")
    assert (now_["state"], now_["run"]) == ("waiting", 1)


@pytest.mark.parametrize("name", ["staff", "client", "archived"])
def test_only_who_may_decide_is_named(host: Client, world: World, name: str) -> None:
    asked = {"action": "discard", "emails": [{"id": str(held(world)), "run": 0}], "by": {"email": world.email(name)}}
    assert host.refusal("POST", "/emails/actions", json=asked)["errors"][0]["field"] == "by"


def test_a_token_of_the_operator_must_name_who_decides(api: Api, database: Database, world: World) -> None:
    client = Client(api, token_for(database, world, Scope.EMAILS_ACT))
    asked = {"action": "discard", "emails": [{"id": str(held(world)), "run": 0}]}
    assert client.refusal("POST", "/emails/actions", json=asked)["errors"][0]["field"] == "by"
    client.ask("POST", "/emails/actions", json=asked | {"by": {"email": world.email("manager")}})


def test_an_email_is_attached_to_a_case_of_the_tenant_only(host: Client, world: World) -> None:
    asked = {"action": "attach", "emails": [{"id": str(held(world, Reason.NOT_RELATED)), "run": 0}]}
    for case_id in (None, str(uuid4())):
        problem = host.refusal("POST", "/emails/actions", json=asked | {"case_id": case_id})
        assert problem["errors"][0]["field"] == "case_id"
    assert host.ask("POST", "/emails/actions", json=asked | {"case_id": str(world.case_id)})["done"]


def test_another_tenants_email_does_not_exist(other: Client, world: World, resources: Resources) -> None:
    mail_id = held(world)
    for path in ("", "/why", "/original"):
        other.refusal("GET", f"/emails/{mail_id}{path}", 404)
    assert other.ask("GET", "/emails")["data"] == []
