"""Templates, sources and the audit by the API."""

from typing import Any

import pytest

from schemas.tables import Source, SourceKind
from tests.api.client import Client
from tests.builders.rows import add
from tests.builders.world import World


def test_templates_are_saved_listed_and_removed(host: Client, other: Client) -> None:
    preset = {"kind": "preset", "name": "Received", "text": "We have got it. Answer to {{Case.email_address}}."}
    host.ask("PUT", "/templates", 204, json=preset)
    host.ask("PUT", "/templates", 204, json={"kind": "notice_footer", "text": "Harbour Housing"})
    found = host.ask("GET", "/templates")
    assert found["data"] == [{"kind": "notice_footer", "name": "", "text": "Harbour Housing"}, preset]
    assert "Case.email_address" in found["variables"]["preset"]
    assert other.ask("GET", "/templates")["data"] == []
    host.ask("PUT", "/templates", 204, json=preset | {"text": ""})
    assert [each["kind"] for each in host.ask("GET", "/templates")["data"]] == ["notice_footer"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "preset", "name": "", "text": "x"}, "name"),
        ({"kind": "preset", "name": "x", "text": "{{Nothing}}"}, "text"),
        ({"kind": "notice_intro", "name": "x", "text": "x"}, "name"),
        ({"kind": "poem", "text": "x"}, "kind"),
    ],
)
def test_what_is_wrong_with_a_template_is_named(host: Client, wrong: dict[str, Any], field: str) -> None:
    assert [error["field"] for error in host.refusal("PUT", "/templates", json=wrong)["errors"]] == [field]


def test_sources_are_listed_with_their_state(host: Client, other: Client, world: World) -> None:
    row = Source(
        kind=SourceKind.IMAP,
        name="desk",
        tenant_id=world.tenant_id,
        failures=3,
        last_error="connection refused",
        active=True,
        location="x",
    )
    add(world, row)
    (source,) = host.ask("GET", "/sources")["data"]
    assert (source["name"], source["kind"], source["needs_care"]) == ("desk", "imap", True)
    assert "connection refused" in source["state"]
    assert "secret" not in source
    assert other.ask("GET", "/sources")["data"] == []


def test_the_audit_tells_who_did_what_in_pages(host: Client, other: Client, world: World) -> None:
    for number in range(5):
        host.ask("PATCH", f"/cases/{world.case_id}", json={"title": f"Title {number}"})
    first = host.ask("GET", "/audit", params={"act": "case.edited", "limit": 3})
    second = host.ask("GET", "/audit", params={"act": "case.edited", "cursor": first["next_cursor"]})
    titles = [act["details"]["title"] for act in first["data"] + second["data"]]
    assert titles == [f"Title {number}" for number in reversed(range(5))]
    assert {act["actor_id"] for act in first["data"]} == {str(world.people["admin"])}
    assert host.ask("GET", "/audit", params={"subject_id": str(world.people["staff"])})["data"] == []
    assert [act["act"] for act in other.ask("GET", "/audit")["data"]] == ["api_token.created"]
