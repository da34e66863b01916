"""Only a valid token with the scope gets in; a wrong one is told nothing."""

from datetime import timedelta
from itertools import repeat
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from api.app import ROOT
from cases.people import api_tokens
from cases.people.api_tokens import PREFIX, Scope
from cases.refusal import Refusal
from schemas.tables import now
from storage.database import Database
from tests.api.client import Api, Client, serve, token_for
from tests.builders.rows import run
from tests.builders.world import World


def routes(client: Client) -> list[tuple[str, str, dict[str, Any]]]:
    """Returns method, path and description of each operation, from the API's own description."""
    described = client.ask("GET", "/openapi.json")
    return [
        (method.upper(), path, operation)
        for path, operations in described["paths"].items()
        for method, operation in operations.items()
    ]


def filled(path: str) -> str:
    """Returns the path below the root, with ids that do not exist."""
    for name in ("case_id", "member_id", "person_id", "update_id", "email_id", "external_id", "file_id", "alias_id"):
        path = path.replace(f"{{{name}}}", str(uuid4()))
    assert "{" not in path
    return path.removeprefix(ROOT)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer " + PREFIX},
        {"Authorization": "Bearer " + PREFIX + "A" * 64},
        {"Authorization": "Bearer " + PREFIX + "A" * 5000},
        {"Authorization": "Bearer café"},
        {"Cookie": "token=x"},
    ],
)
def test_without_a_valid_token_every_route_says_the_same(api: Api, host: Client, sent: dict[str, str]) -> None:
    headers = {name.encode(): value.encode() for name, value in sent.items()}
    answers = set()
    for method, path, _ in routes(host):
        answer = httpx.request(method, api.url + ROOT + filled(path), headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        answers.add(answer.content)
    assert len(answers) == 1


def test_each_route_needs_exactly_its_scope(api: Api, host: Client, database: Database, world: World) -> None:
    of_scope = {scope: Client(api, token_for(database, world, scope)) for scope in Scope}
    for method, path, operation in routes(host):
        ((needed,),) = (each["token"] for each in operation["security"])
        for scope, client in of_scope.items():
            answer = client.http.request(method, filled(path), json={} if method != "GET" else None)
            assert (answer.status_code == 403) == (scope != needed), f"{method} {path} with {scope}: {answer.text}"
            if scope != needed:
                assert needed in answer.json()["detail"] or answer.status_code == 422


def test_every_scope_is_used_by_a_route(host: Client) -> None:
    assert {
        scope for _, _, operation in routes(host) for each in operation["security"] for scope in each["token"]
    } == set(Scope)


def test_a_revoked_an_expired_and_an_inactive_tenants_token_are_refused(
    api: Api, database: Database, world: World
) -> None:
    revoked, inactive = (Client(api, token_for(database, world)) for _ in range(2))
    with database.tenant(world.tenant_id) as connection:
        made = api_tokens.create(
            connection, world.tenant_id, "old", [Scope.CASES_READ], by=None, expires_at=now() - timedelta(seconds=1)
        )
    expired = Client(api, str(made))
    revoked.ask("GET", "/cases")
    ((token_id,),) = run(
        world, "select id from api_tokens where tenant_id = :id order by created_at limit 1", id=world.tenant_id
    )
    with database.tenant(world.tenant_id) as connection:
        assert api_tokens.revoke(connection, world.tenant_id, token_id, by=None)
        assert not api_tokens.revoke(connection, world.tenant_id, token_id, by=None)
    for client in (revoked, expired):
        client.refusal("GET", "/cases", 401)
    inactive.ask("GET", "/cases")
    run(world, "update tenants set active = false where id = :id returning id", id=world.tenant_id)
    inactive.refusal("GET", "/cases", 401)


def test_a_token_is_kept_as_a_hash_and_its_last_use_is_noted(host: Client, world: World) -> None:
    host.ask("GET", "/cases")
    ((row,),) = (run(world, "select * from api_tokens where tenant_id = :id", id=world.tenant_id),)
    assert row.used_at is not None
    assert host.token not in str(row)
    assert host.token.encode() not in bytes(row.token)


def test_a_token_of_one_tenant_is_none_of_another(database: Database, world: World, other: Client) -> None:
    with database.tenant(world.tenant_id) as connection:
        assert api_tokens.find(connection, other.token) is None
        assert api_tokens.of_tenant(connection) == []


def test_what_is_wrong_with_a_new_token_is_said(database: Database, world: World) -> None:
    with database.tenant(world.tenant_id) as connection:
        for name, scopes in (("", [Scope.CASES_READ]), ("x" * 101, [Scope.CASES_READ]), ("x", [])):
            assert isinstance(api_tokens.create(connection, world.tenant_id, name, scopes, by=None), Refusal)
        for _ in repeat(None, api_tokens.MOST):
            made = api_tokens.create(connection, world.tenant_id, "x", [Scope.CASES_READ], by=None)
            assert isinstance(made, str)
        assert isinstance(api_tokens.create(connection, world.tenant_id, "x", [Scope.CASES_READ], by=None), Refusal)


def test_who_asks_too_often_is_told_when_to_come_back(api: Api, database: Database, world: World) -> None:
    with serve(api.resources.settings.replace(api_requests=3)) as slow:
        quick, another = (Client(slow, token_for(database, world)) for _ in range(2))
        left = [quick.http.get("/cases").headers["ratelimit"].partition(";")[2][:3] for _ in range(3)]
        assert left == ["r=2", "r=1", "r=0"]
        answer = quick.http.get("/cases")
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        assert "q=3;w=60" in answer.headers["ratelimit-policy"]
        another.ask("GET", "/cases")


def test_acts_by_a_token_are_in_the_audit_with_its_name(host: Client, world: World) -> None:
    host.ask("POST", f"/cases/{world.case_id}/close", json={"reason": "done"})
    ((actor, details),) = run(
        world, "select actor_id, details from audit where subject_id = :id and act = 'case.closed'", id=world.case_id
    )
    assert actor == world.people["admin"]
    assert details == {"reason": "done", "api token": "the host"}


def test_a_body_that_is_too_large_is_refused_before_it_is_read(host: Client, world: World) -> None:
    large = b'{"title": "' + b"x" * 2_100_000 + b'"}'
    host.refusal("POST", "/cases", 413, content=large, headers={"Content-Type": "application/json"})

    def pieces() -> Any:
        for start in range(0, len(large), 100_000):
            yield large[start : start + 100_000]

    host.refusal("POST", "/cases", 413, content=pieces(), headers={"Content-Type": "application/json"})
    host.refusal("POST", "/cases", 400, content=b"{", headers={"Content-Type": "application/json"})


def test_a_stranger_sends_no_large_body(api: Api) -> None:
    answer = httpx.post(api.url + ROOT + "/cases", content=b"x" * 1_900_000)
    assert answer.status_code == 401


def test_the_database_shows_no_token_to_a_session_without_a_tenant(database: Database, host: Client) -> None:
    with database.tenant(UUID(int=0)) as connection:
        assert connection.execute(text("select count(*) from api_tokens")).scalar_one() == 0
