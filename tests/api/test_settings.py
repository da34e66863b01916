"""The general settings by the API."""

from typing import Any

import pytest

from schemas.reasons import Reason
from schemas.tables import MailState, now
from tests.api.client import Client
from tests.builders.rows import add_mail, run
from tests.builders.world import World


def test_replies_are_switched_off_and_on_and_held_emails_are_released(host: Client, world: World) -> None:
    assert host.ask("GET", "/settings")["replies_on"] is True
    assert host.ask("PATCH", "/settings", json={"replies_on": False})["replies_on"] is False
    mail_id = add_mail(world, MailState.HELD, reason=Reason.REPLIES_OFF, ended_at=now(), author=world.email("client"))
    changed = host.ask("PATCH", "/settings", json={"replies_on": True, "catch_all": "desk@elsewhere.example"})
    assert (changed["replies_on"], changed["catch_all"]) == (True, "desk@elsewhere.example")
    assert host.ask("GET", f"/emails/{mail_id}")["state"] == "waiting"
    found = run(world, "select details from audit where tenant_id = :id and act like 'settings%'", id=world.tenant_id)
    assert all(details["api token"] == "the host" for (details,) in found)
    assert found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"catch_all": "nobody"}, "catch_all"),
        ({"catch_all": "x@{mail_domain}"}, "catch_all"),
        ({"case_pattern": "no number"}, "case_pattern"),
        ({"most_text": 1}, "most_text"),
        ({"receipts": "maybe"}, "receipts"),
        ({"mail_domain": "x.example"}, "mail_domain"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(
    host: Client, world: World, change: dict[str, Any], field: str
) -> None:
    before = host.ask("GET", "/settings")
    if isinstance(value := change.get("catch_all"), str):
        change = {"catch_all": value.format(mail_domain=world.mail_domain)}
    problem = host.refusal("PATCH", "/settings", json={"text_required": True} | change)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert host.ask("GET", "/settings") == before


def test_who_saves_an_old_state_is_told(host: Client) -> None:
    seen = host.http.get("/settings").headers["etag"]
    host.ask("PATCH", "/settings", json={"text_required": True}, headers={"If-Match": seen})
    host.refusal("PATCH", "/settings", 412, json={"text_required": False}, headers={"If-Match": seen})
