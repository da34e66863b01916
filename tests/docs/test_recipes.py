"""The recipes for connecting an application work as they are written."""

import re
from pathlib import Path
from typing import Any

import pytest

from api.app import ROOT
from cases.people.api_tokens import Scope
from docs.pages_from_code import PAGES
from schemas.reasons import Reason
from schemas.tables import MailState, now
from storage.database import Database
from tests.api.client import Api, token_for
from tests.api.conftest import api
from tests.builders.rows import add_mail, run
from tests.builders.world import World

__all__ = ["api"]

RECIPES = Path(__file__).parents[2] / "docs" / "connect" / "recipes.md"
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def sections() -> dict[str, list[str]]:
    """Returns the blocks of Python of each section of the page."""
    parts = re.split(r"^## (.+)$", RECIPES.read_text(), flags=re.MULTILINE)
    return {"": _BLOCK.findall(parts[0])} | {
        heading: _BLOCK.findall(words) for heading, words in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_each_recipe_works_as_written(
    api: Api, database: Database, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("API_URL", api.url + ROOT)
    monkeypatch.setenv("API_TOKEN", token_for(database, world))
    held = add_mail(
        world, MailState.HELD, author=world.email("staff"), subject="Hi", ended_at=now(), reason=Reason.NOT_RELATED
    )
    names: dict[str, Any] = {}
    for heading, blocks in sections().items():
        assert blocks, heading
        for block in blocks:
            exec(compile(block, f"recipes.md, {heading}", "exec"), names)  # our own page
    said = capsys.readouterr().out
    assert "Email to case-" in said or "posts on" in said
    assert "is held: not_related" in said
    assert "Not done" not in said
    texts = run(world, "select text, via from updates where tenant_id = :id order by posted_at", id=world.tenant_id)
    assert [tuple(row) for row in texts] == [
        ("The plumber comes on Monday at eight.", "api"),
        ("The part has arrived.", "api"),
    ]
    notices = run(world, "select to_email from outbox where kind = 'notice' and tenant_id = :id", id=world.tenant_id)
    assert [email for (email,) in notices] == ["rosa@client.example"]
    assert run(world, "select state from mails where id = :id", id=held) == [("waiting",)]


def test_the_routes_and_the_description_are_those_of_the_code() -> None:
    for path, page in PAGES.items():
        assert path.read_text() == page(), (
            f"{path.name}: run `python -m docs.pages_from_code`, and name the change in the changelog"
        )


def test_every_scope_is_in_the_table_of_routes() -> None:
    words = (RECIPES.parent / "routes.md").read_text()
    assert {scope for scope in Scope if f"`{scope}`" in words} == set(Scope)
