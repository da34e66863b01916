"""`casemail api-token`."""

import re

import httpx

from api.app import ROOT
from cases.people import api_tokens
from tests.api.client import Api
from tests.api.conftest import api
from tests.builders.command import casemail_here, command_settings
from tests.builders.world import World

__all__ = ["api"]


def test_a_token_is_created_used_listed_and_revoked(api: Api, world: World) -> None:
    settings = command_settings(api.resources.settings)

    def run(*arguments: str) -> str:
        result = casemail_here("api-token", *arguments, "--tenant", world.slug, **settings)
        assert result.exit_code == 0, result.output
        return result.output

    token = run("create", "CRM", "--scope", "cases:read", "--days", "30").strip()
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{api.url}{ROOT}/cases", headers=headers).status_code == 200
    assert httpx.get(f"{api.url}{ROOT}/people", headers=headers).status_code == 403
    listed = run("list")
    assert "operator" in listed
    assert token not in listed
    (token_id,) = set(re.findall(r"[0-9a-f]{8}-", listed))
    with api.resources.database.tenant(world.tenant_id) as connection:
        (row,) = api_tokens.of_tenant(connection)
    assert str(row.id).startswith(token_id)
    run("revoke", str(row.id))
    assert "revoked" in run("list")
    assert httpx.get(f"{api.url}{ROOT}/cases", headers=headers).status_code == 401


def test_what_is_wrong_is_said(api: Api, world: World) -> None:
    settings = command_settings(api.resources.settings)
    for arguments, said in (
        (("create", "", "--tenant", world.slug), "A name has"),
        (("create", "x", "--tenant", "nobody"), "nobody"),
        (("revoke", str(world.case_id), "--tenant", world.slug), "no valid token"),
    ):
        result = casemail_here("api-token", *arguments, **settings)
        assert result.exit_code != 0
        assert said in result.output
