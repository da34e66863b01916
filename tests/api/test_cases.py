"""Cases by the API: created, changed, closed and reopened as in the console; synced by the host's own ids."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.addresses import case_address
from storage.database import Database
from tests.api.client import Client
from tests.builders.rows import run
from tests.builders.world import KEYS, World


def new_case(world: World, **more: Any) -> dict[str, Any]:
    return {"title": "A leak", "manager": {"email": world.email("manager")}} | more


def test_a_case_is_created_with_its_address_and_its_people_are_told(
    host: Client, world: World, database: Database
) -> None:
    answer = host.http.post("/cases", json=new_case(world, type="Water", members=[world.email("client")]))
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["location"] == f"/api/v1/cases/{case['id']}"
    assert (case["title"], case["type"], case["state"]) == ("A leak", "Water", "open")
    assert case["manager_id"] == str(world.people["manager"])
    with database.tenant(world.tenant_id) as connection:
        assert case_address.current(connection, KEYS, case["id"]) == case["email_address"]
    assert host.ask("GET", f"/cases/{case['id']}") == case
    told = run(world, "select to_email from outbox where kind = 'assignment' and tenant_id = :id", id=world.tenant_id)
    assert {email for (email,) in told} == {world.email("manager"), world.email("client")}
    assert [each["name"] for each in host.ask("GET", f"/cases/{case['id']}/members")["data"]] == ["Client"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"type": "x" * 61}, "type"),
        ({"manager": {"email": "nobody@x.example"}}, "manager"),
        ({"manager": {"id": str(uuid4())}}, "manager"),
        ({"manager": {}}, "manager"),
        ({"manager": {"email": "a@b", "external_id": "7"}}, "manager"),
        ({"members": ["nobody@x.example"]}, "members"),
        ({"number": "<b>"}, "number"),
        ({"number": "2026-7"}, "number"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(host: Client, world: World, change: dict[str, Any], field: str) -> None:
    problem = host.refusal("POST", "/cases", json=new_case(world) | change)
    assert [error["field"] for error in problem["errors"]] == [field]
    assert len(host.ask("GET", "/cases")["data"]) == 1


def test_a_client_manages_no_case(host: Client, world: World) -> None:
    problem = host.refusal("POST", "/cases", json=new_case(world, manager={"email": world.email("client")}))
    assert problem["detail"] == "Choose somebody who works here and is active."


def test_a_repeated_request_with_the_same_key_creates_one_case(host: Client, world: World) -> None:
    key = {"Idempotency-Key": "7"}
    first, second = (host.ask("POST", "/cases", 201, json=new_case(world), headers=key) for _ in range(2))
    assert first == second
    problem = host.refusal("POST", "/cases", json=new_case(world, title="Another"), headers=key)
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert len(host.ask("GET", "/cases")["data"]) == 2


def test_a_refused_request_leaves_its_key_free(host: Client, world: World) -> None:
    key = {"Idempotency-Key": "8"}
    host.refusal("POST", "/cases", json=new_case(world, members=["nobody@x.example"]), headers=key)
    host.ask("POST", "/cases", 201, json=new_case(world), headers=key)


def test_a_case_is_changed_closed_reopened_and_archived(host: Client, world: World) -> None:
    path = f"/cases/{world.case_id}"
    changed = host.ask("PATCH", path, json={"title": "A flood", "manager": {"id": str(world.people["staff"])}})
    assert (changed["title"], changed["manager_id"]) == ("A flood", str(world.people["staff"]))
    assert host.refusal("POST", f"{path}/archive")["detail"] == "Close the case first."
    closed = host.ask("POST", f"{path}/close", json={"reason": "Dry again"})
    assert (closed["state"], closed["closed_for"]) == ("closed", "Dry again")
    assert host.ask("POST", f"{path}/close", json={}) == closed
    assert host.ask("POST", f"{path}/archive")["state"] == "archived"
    assert [case["id"] for case in host.ask("GET", "/cases?state=archived")["data"]] == [str(world.case_id)]
    assert host.ask("POST", f"{path}/reopen")["state"] == "open"
    acts = run(world, "select act from audit where subject_id = :id order by id", id=world.case_id)
    assert [act for (act,) in acts] == [
        "case.edited", "case.manager_changed", "case.closed", "case.archived", "case.reopened",
    ]  # fmt: skip


def test_who_changes_an_old_state_is_told(host: Client, world: World) -> None:
    path = f"/cases/{world.case_id}"
    seen = host.http.get(path).headers["etag"]
    assert host.http.get(path, headers={"If-None-Match": seen}).status_code == 304
    host.ask("PATCH", path, json={"title": "First"}, headers={"If-Match": seen})
    host.refusal("PATCH", path, 412, json={"title": "Second"}, headers={"If-Match": seen})
    assert host.ask("GET", path)["title"] == "First"
    answer = host.http.patch(path, json={"title": "Third"}, headers={"Prefer": "return=minimal"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_the_list_comes_in_pages_with_nothing_twice_or_left_out(host: Client, world: World) -> None:
    made = [host.ask("POST", "/cases", 201, json=new_case(world))["id"] for _ in range(7)]
    found, cursor = [], ""
    while True:
        page = host.ask("GET", "/cases", params={"limit": 3, "cursor": cursor})
        found += [case["id"] for case in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [str(world.case_id), *made]
    host.refusal("GET", "/cases?cursor=nonsense")
    assert host.refusal("GET", "/cases?colour=red")["errors"][0]["field"] == "colour"


def test_members_come_and_go(host: Client, world: World) -> None:
    path = f"/cases/{world.case_id}/members"
    host.ask("POST", path, 204, json={"email": world.email("outsider")})
    assert "Outsider" in [each["name"] for each in host.ask("GET", path)["data"]]
    host.ask("DELETE", f"{path}/{world.people['outsider']}", 204)
    assert "Outsider" not in [each["name"] for each in host.ask("GET", path)["data"]]
    assert "sees every case" in host.refusal("POST", path, json={"id": str(world.people["staff"])})["detail"]


def test_the_host_syncs_its_cases_by_its_own_ids(host: Client, world: World) -> None:
    path, case = "/cases/by-external-id/crm%2F7", new_case(world)
    made = host.ask("PUT", path, 201, json=case)
    assert made["external_id"] == "crm/7"
    assert host.ask("GET", path) == made
    assert host.ask("PUT", path, json=case | {"title": "Renamed"})["title"] == "Renamed"
    assert host.refusal("PUT", path, json=case | {"number": "99"})["errors"][0]["field"] == "number"
    assert (
        host.refusal("PATCH", f"/cases/{world.case_id}", json={"external_id": "crm/7"})["errors"][0]["field"]
        == "external_id"
    )
    host.refusal("GET", "/cases/by-external-id/unknown", 404)


def test_a_second_sync_that_changes_nothing_writes_nothing(host: Client, world: World) -> None:
    cases = [new_case(world, external_id=f"c{number}", title=f"Case {number}") for number in range(50)]
    cases[7]["manager"] = {"email": "nobody@x.example"}
    first = host.ask("PUT", "/cases/bulk", json={"cases": cases})["results"]
    assert [result["result"] for result in first] == ["created"] * 7 + ["refused"] + ["created"] * 42
    state = "select id, xmin::text, xmax::text, ctid::text from cases where tenant_id = :id order by id"
    before = run(world, state, id=world.tenant_id)
    again = host.ask("PUT", "/cases/bulk", json={"cases": cases})["results"]
    assert [result["result"] for result in again] == ["unchanged"] * 7 + ["refused"] + ["unchanged"] * 42
    assert run(world, state, id=world.tenant_id) == before
    cases[3]["title"] = "Another title"
    changed = host.ask("PUT", "/cases/bulk", json={"cases": cases[:5]})["results"]
    assert [result["result"] for result in changed] == ["unchanged"] * 3 + ["changed", "unchanged"]


def test_another_tenants_case_does_not_exist(other: Client, world: World, database: Database) -> None:
    path = f"/cases/{world.case_id}"
    other.refusal("GET", path, 404)
    other.refusal("PATCH", path, 404, json={"title": "Mine"})
    for act in ("close", "reopen", "archive"):
        other.refusal("POST", f"{path}/{act}", 404, json={})
    other.refusal("GET", f"{path}/members", 404)
    other.refusal("GET", f"{path}/updates", 404)
    with database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select title from cases")).scalars().all() == ["A leak"]
