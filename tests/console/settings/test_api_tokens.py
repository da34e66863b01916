"""Settings > API tokens."""

import re
from collections.abc import Callable

import httpx
import pytest

from api.app import ROOT
from cases.people import api_tokens
from storage.database import Database
from tests.api.client import Api
from tests.api.conftest import api
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, tree, words

__all__ = ["api"]

PATH = "/settings/api-tokens"


def created(admin: Browser, **more: object) -> httpx.Response:
    return admin.send(PATH, {"name": "CRM", "scope": ["cases:read", "people:read"], "days": "90", **more}, on=PATH)


def test_an_admin_creates_a_token_which_is_shown_once_and_opens_the_api(
    api: Api, desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    page = created(admin)
    (token,) = re.findall(r"casemail_[\w-]+", page.text)
    assert "no-store" in page.headers["cache-control"]
    assert token not in admin.get(PATH).text
    assert words(admin.get(PATH), "//tbody").startswith("CRM by Admin,")
    answer = httpx.get(f"{api.url}{ROOT}/cases", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert [case["number"] for case in answer.json()["data"]] == ["2026-7"]
    ((row,),) = (run(desk, "select * from api_tokens where tenant_id = :id", id=desk.tenant_id),)
    assert (row.scopes, row.created_by) == (["cases:read", "people:read"], desk.people["admin"])
    assert 89 < (row.expires_at - row.created_at).days + 1 < 92


def test_a_revoked_token_opens_nothing_and_stays_in_the_list(
    api: Api, desk: World, browse: Callable[..., Browser]
) -> None:
    admin = browse("admin")
    (token,) = re.findall(r"casemail_[\w-]+", created(admin).text)
    (action,) = tree(admin.get(PATH)).xpath("//form[contains(@action, '/revoke')]/@action")
    page = admin.send(action, {}, on=PATH)
    assert "Revoked" in words(page, "//tbody")
    assert httpx.get(f"{api.url}{ROOT}/cases", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    acts = run(desk, "select act from audit where tenant_id = :id and act like 'api%' order by id", id=desk.tenant_id)
    assert [act for (act,) in acts] == ["api_token.created", "api_token.revoked"]
    assert "revoked already" in words(admin.send(action, {}, on=PATH), "//main")


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"name": " "}, "A name has 1 to 100 characters."), ({"scope": []}, "Choose what the token may do.")],
)
def test_a_refused_form_keeps_what_was_typed(
    desk: World, browse: Callable[..., Browser], typed: dict[str, object], said: str
) -> None:
    page = created(browse("admin"), **typed)
    assert page.status_code == 422
    assert words(page, "//*[@role='alert']") == said
    assert len(tree(page).xpath("//input[@name='scope'][@checked]")) == (0 if "scope" in typed else 2)
    assert tree(page).xpath("//option[@selected]/@value") == ["90"]


def test_other_roles_and_other_tenants_get_nothing(
    database: Database, desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    created(browse("admin"))
    ((token_id,),) = run(desk, "select id from api_tokens where tenant_id = :id", id=desk.tenant_id)
    for name in ("manager", "staff", "client"):
        assert browse(name).http.get(PATH).status_code == 403
    stranger = browse("admin", other_desk)
    assert "CRM" not in stranger.get(PATH).text
    stranger.send(f"{PATH}/{token_id}/revoke", {}, on=PATH)
    with database.tenant(desk.tenant_id) as connection:
        assert [row.valid for row in api_tokens.of_tenant(connection)] == [True]
