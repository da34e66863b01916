"""Every route, requested with the ids of another tenant, shows nothing of that tenant and changes nothing."""

import json
from collections.abc import Callable, Iterator
from uuid import uuid4

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlmodel import SQLModel

from schemas.tables import MailState
from storage.database import Database
from tests.builders.rows import add_mail, add_update, run
from tests.builders.world import World
from tests.console.browser import Browser, field
from tests.console.routes import filled, names, real_ids, routes

#: A word in all texts of the victim's tenant that a page could show.
SECRET = "zanzibar"
#: Routes that are not requested: they end the session that the test uses.
SKIPPED = {"/logout", "/profile/sessions/others/end"}
ACTIONS = ("discard", "accept", "replay", "forward", "attach")


@pytest.fixture
def ids(desk: World, database: Database) -> dict[str, str]:
    """Puts the secret word into all texts of the victim's tenant; returns ids of that tenant."""
    ids = real_ids(desk, database)
    add_update(desk, "staff", f"{SECRET} update")
    add_mail(desk, MailState.HELD, subject=f"{SECRET} mail", author=f"{SECRET}@y.example")
    for statement in (
        "update cases set title = 'A :word case' where tenant_id = :id",
        "update users set name = ':word ' || name where tenant_id = :id",
        "update tenants set name = ':word' where id = :id",
        "update updates set text = ':word ' || text where tenant_id = :id",
        "update access_groups set name = ':word ' || name where tenant_id = :id",
        "update mails set subject = ':word' where tenant_id = :id",
    ):
        run(desk, statement.replace(":word", SECRET), id=desk.tenant_id)
    return ids


def state(world: World) -> dict[str, str]:
    """Returns a fingerprint of all rows of a tenant, by table."""
    tables = [table.name for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.columns]
    return {
        name: run(
            world,
            f"select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from {name} t where tenant_id = :id",
            id=world.tenant_id,
        )[0][0]
        for name in tables
    }


def forms(route: APIRoute, ids: dict[str, str], desk: World) -> Iterator[dict[str, str]]:
    """Yields forms for a route with the victim's ids in every field that takes an id."""
    known = {
        "manager": ids["user_id"],
        "recipients": ids["user_id"],
        "access_group": ids["group_id"],
        "preset": ids["update_id"],
        "mail": f"{ids['mail_id']}~0",
        "email": desk.email("client"),
        "update_id": str(uuid4()),
        "case": "2026-7",
        "case_number": "2026-7",
        "text": "an attack",
        "name": "An attack",
        **{name: value for name, value in ids.items() if name.endswith("_id") and name != "update_id"},
    }
    fields = set(names(route.dependant))
    form = {name: known.get(name, "x") for name in fields if name != "csrf"}
    if "action" in fields or route.path == "/inbound/acts":
        for action in ACTIONS:
            yield {**form, "mail": known["mail"], "action": action}
    else:
        yield form
        yield {**form, **known}


def says_yes(answer: httpx.Response) -> bool:
    """Returns whether an answer grants the request: it is not an error and does not redirect to the log-in."""
    if answer.status_code >= 400 or answer.url.path == "/login":
        return False
    return answer.status_code < 300 or "/login" not in answer.headers["location"]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("role", ["admin", "manager", "staff", "client", ""])
def test_no_route_shows_or_changes_anything_of_another_tenant(
    desk: World,
    other_desk: World,
    browse: Callable[..., Browser],
    stranger: Browser,
    ids: dict[str, str],
    role: str,
) -> None:
    browser = browse(role, other_desk) if role else stranger
    csrf = field(browser.get("/cases" if role else "/login"), "csrf")
    before, found = state(desk), []
    for path, method, route in routes():
        if path in SKIPPED:
            continue
        where = filled(path, ids)
        if method == "GET":
            queries = ["", f"?q={SECRET}", f"?preset={uuid4()}", f"?case={ids['case_id']}", "?inline=true"]
            answers = [browser.http.get(where + query) for query in queries]
        else:
            answers = [
                browser.http.post(where, data={"csrf": csrf, **form}, follow_redirects=False)
                for form in forms(route, ids, desk)
            ]
        names_something = any("{" + name + "}" in path for name in ids if name.endswith("_id"))
        for answer in answers:
            if SECRET in answer.text.replace(f"q={SECRET}", "").replace(f'value="{SECRET}"', ""):
                found.append(f"{method} {path} shows the other tenant's words")
            if names_something and says_yes(answer):
                found.append(f"{method} {path}: {answer.status_code} {answer.headers.get('location', '')}")
            assert answer.status_code < 500, f"{method} {path}"
    assert "\n".join(sorted(set(found))) == ""
    changed = [name for name, rows in state(desk).items() if rows != before[name]]
    assert json.dumps(changed) == "[]"
