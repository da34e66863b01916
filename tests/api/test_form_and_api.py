"""The form and the API post the same update: equal rows, equal notices, or the same refusal."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.api.client import Client, serve, token_for
from tests.builders.world import World
from tests.console.browser import Browser, Console, words
from tests.console.cases.contents import POSTS, REFUSALS, Content
from tests.console.cases.two_ways import Desk, rows


@pytest.fixture
def desk_of(console: Console, desk: World, database: Database, browse: Callable[..., Browser]) -> Desk:
    return Desk(desk, Resources(console.settings, database, Blobs(console.settings.blobs.url)), browse)


@pytest.fixture
def application(console: Console, desk: World, database: Database) -> Iterator[Client]:
    with serve(console.settings.replace(api_requests=100_000)) as running:
        yield Client(running, token_for(database, desk))


def post(application: Client, world: World, content: Content, group_id: UUID | None, to: list[str]) -> httpx.Response:
    asked: dict[str, Any] = {
        "author": {"id": str(world.people[content.author])},
        "text": content.text,
        "recipients": [{"id": str(world.people[name])} for name in to],
        "access_group_id": str(group_id) if group_id else None,
        "files": [{"name": name, "content": b64encode(data).decode()} for name, data in content.files],
    }
    return application.http.post(f"/cases/{world.case_id}/updates", json=asked)


@pytest.mark.parametrize("content", POSTS.values(), ids=POSTS)
def test_both_leave_the_same(desk_of: Desk, application: Client, content: Content) -> None:
    group_id = desk_of.prepare(content)
    to = [name for name in ("admin", "client", "member", "staff") if name != content.author]
    by_form, page = desk_of.by_form(content, group_id, to)
    assert page.status_code == 200, words(page)
    before = rows(desk_of, by_form)
    answer = post(application, desk_of.world, content, group_id, to)
    assert answer.status_code == 201, answer.text
    assert rows(desk_of, UUID(answer.json()["id"])) == before


@pytest.mark.parametrize("content", REFUSALS.values(), ids=REFUSALS)
def test_both_refuse_in_the_same_words(desk_of: Desk, application: Client, content: Content) -> None:
    _, page = desk_of.by_form(content, None, [])
    answer = post(application, desk_of.world, content, None, [])
    assert page.status_code == answer.status_code == 422
    said = words(page, "//*[@role='alert']").removesuffix(" The files are not kept here: choose them again.")
    assert answer.json()["detail"] == said
    assert desk_of.updates() == 0
