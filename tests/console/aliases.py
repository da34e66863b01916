"""Helpers for tests of email aliases: request an alias on a profile, and confirm it by the mailed link."""

from uuid import UUID

from cases.outgoing import alias_link
from cases.people.directory import find
from storage.database import Database
from tests.builders.rows import ACTS, run
from tests.builders.world import SECRETS, World
from tests.console.browser import Browser, words

ALIAS = "ann@home.example"


def add(browser: Browser, world: World, name: str, email: str = ALIAS) -> int:
    profile = f"/people/{world.people[name]}"
    return browser.send(f"{profile}/aliases", {"email": email}, on=profile).status_code


def link(world: World, name: str, email: str = ALIAS) -> str:
    """Returns the token of the link that was mailed to the address."""
    query = "select id from email_aliases where user_id = :id and email = :email"
    ((alias_id,),) = run(world, query, id=world.people[name], email=email)
    return alias_link.token(SECRETS, world.tenant_id, alias_id)


def confirm(browser: Browser, token: str) -> str:
    path = f"/aliases/confirm?token={token}"
    return words(browser.send("/aliases/confirm", {"token": token}, on=path))


def counts_as(database: Database, world: World, email: str) -> UUID | None:
    with database.tenant(world.tenant_id) as connection:
        person = find(connection, email)
    return person.id if person else None


def acts(world: World) -> list[tuple[str, UUID | None, str]]:
    rows = run(world, f"select act, actor_id, details from {ACTS} order by id", id=world.tenant_id)
    return [(row.act, row.actor_id, ", ".join(sorted(row.details.values()))) for row in rows]
