"""People by the API: added, renamed, archived; synced by the host's own ids."""

from typing import Any
from uuid import uuid4

import pytest

from tests.api.client import Client
from tests.builders.rows import default_group, run
from tests.builders.world import World

ANN = {"name": "Ann Lee", "email": "ann@client.example"}


def test_a_person_is_added_and_found_by_address_and_external_id(host: Client, world: World) -> None:
    answer = host.http.post("/people", json=ANN | {"external_id": "7"})
    assert answer.status_code == 201
    ann = answer.json()
    assert (ann["role"], ann["active"], ann["external_id"]) == ("client", True, "7")
    assert answer.headers["location"] == f"/api/v1/people/{ann['id']}"
    assert host.ask("GET", f"/people/{ann['id']}") == host.ask("GET", "/people/by-external-id/7") == ann
    host.ask("POST", f"/cases/{world.case_id}/members", 204, json={"external_id": "7"})
    assert "Ann Lee" in [each["name"] for each in host.ask("GET", f"/cases/{world.case_id}/members")["data"]]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "Ann <ann@client.example>"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role": "owner"}, "role"),
        ({"password": "secret"}, "password"),
    ],
)
def test_what_is_wrong_is_named(host: Client, world: World, change: dict[str, Any], field: str) -> None:
    problem = host.refusal("POST", "/people", json=ANN | change)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_an_address_that_is_taken_or_ours_is_refused(host: Client, world: World) -> None:
    for email in (world.email("client"), f"somebody@{world.mail_domain}"):
        assert host.refusal("POST", "/people", json=ANN | {"email": email})["errors"][0]["field"] == "email"


def test_a_person_is_renamed_promoted_and_archived_but_never_the_last_admin(host: Client, world: World) -> None:
    path = f"/people/{world.people['client']}"
    assert host.ask("PATCH", path, json={"name": "Clara", "role": "staff"})["name"] == "Clara"
    assert host.ask("PATCH", path, json={"active": False})["active"] is False
    problem = host.refusal("PATCH", f"/people/{world.people['admin']}", json={"active": False})
    assert problem["detail"].startswith("This is the last active admin")
    acts = run(world, "select act from audit where subject_id = :id order by id", id=world.people["client"])
    assert [act for (act,) in acts] == ["user.renamed", "user.role", "user.archived"]


def test_a_change_of_an_old_state_is_refused(host: Client, world: World) -> None:
    path = f"/people/{world.people['client']}"
    seen = host.http.get(path).headers["etag"]
    host.ask("PATCH", path, json={"name": "One"}, headers={"If-Match": seen})
    host.refusal("PATCH", path, 412, json={"name": "Two"}, headers={"If-Match": seen})


def test_a_second_sync_that_changes_nothing_writes_nothing(host: Client, world: World) -> None:
    people: list[dict[str, Any]] = [
        {"external_id": f"p{n}", "name": f"Person {n}", "email": f"p{n}@client.example"} for n in range(40)
    ]
    people[5]["email"] = "p4@client.example"
    first = host.ask("PUT", "/people/bulk", json={"people": people})["results"]
    assert [each["result"] for each in first] == ["created"] * 5 + ["refused"] + ["created"] * 34
    assert first[5]["message"] == "That address belongs to a person of this organisation already."
    state = "select id, xmin::text, xmax::text, ctid::text from users where tenant_id = :id order by id"
    before = run(world, state, id=world.tenant_id)
    again = host.ask("PUT", "/people/bulk", json={"people": people})["results"]
    assert [each["result"] for each in again] == ["unchanged"] * 5 + ["refused"] + ["unchanged"] * 34
    assert run(world, state, id=world.tenant_id) == before
    people[0] |= {"active": False, "role": "staff"}
    assert host.ask("PUT", "/people/bulk", json={"people": people[:1]})["results"][0]["result"] == "changed"
    host.refusal("PUT", "/people/bulk", json={"people": people * 26})


def test_an_address_stays_when_a_person_is_put_again(host: Client) -> None:
    host.ask("PUT", "/people/by-external-id/9", 201, json=ANN)
    host.ask("PUT", "/people/by-external-id/9", json=ANN | {"email": "Ann@Client.Example"})
    problem = host.refusal("PUT", "/people/by-external-id/9", json=ANN | {"email": "other@client.example"})
    assert problem["errors"][0]["field"] == "email"


def test_lists_are_filtered_and_groups_are_listed(host: Client, world: World) -> None:
    clients = host.ask("GET", "/people?role=client&active=true")["data"]
    assert {each["name"] for each in clients} == {"Client", "Member", "Outsider"}
    (group,) = host.ask("GET", "/access-groups")["data"]
    assert (group["id"], group["is_default"]) == (str(default_group(world)), True)


def test_another_tenants_person_does_not_exist(other: Client, world: World) -> None:
    path = f"/people/{world.people['client']}"
    other.refusal("GET", path, 404)
    other.refusal("PATCH", path, 404, json={"name": "Mine"})
    other.refusal("GET", f"/people/{uuid4()}", 404)
    named = {"title": "x", "manager": {"id": str(world.people["manager"])}}
    assert other.refusal("POST", "/cases", json=named)["errors"][0]["field"] == "manager"


def test_a_further_address_is_asked_for_listed_and_removed(host: Client, other: Client, world: World) -> None:
    path = f"/people/{world.people['client']}/aliases"
    (alias,) = host.ask("POST", path, 202, json={"email": "clara@elsewhere.example"})["data"]
    assert (alias["email"], alias["confirmed_at"]) == ("clara@elsewhere.example", None)
    (sent,) = run(world, "select to_email from outbox where kind = 'alias' and tenant_id = :id", id=world.tenant_id)
    assert sent == ("clara@elsewhere.example",)
    for wrong in ("nothing", world.email("staff"), f"x@{world.mail_domain}"):
        assert host.refusal("POST", path, json={"email": wrong})["errors"][0]["field"] == "email"
    other.refusal("GET", path, 404)
    other.refusal("DELETE", f"{path}/{alias['id']}", 404)
    host.ask("DELETE", f"{path}/{alias['id']}", 204)
    assert host.ask("GET", path)["data"] == []
