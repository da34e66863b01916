"""Adds mail sources by the form, as an admin does."""

from typing import Any
from uuid import UUID, uuid4

from storage.database import Database
from storage.resources import Resources
from tests.builders.mailboxes import order
from tests.builders.rows import run
from tests.builders.world import World
from tests.console.browser import Browser, Console, words
from tests.servers.dovecot import PASSWORD, Dovecot
from workers.fetch.pull.stage import fetch

PATH = "/settings/sources"


SECRET = "a secret that is never seen again"


def form(dovecot: Dovecot, **more: str) -> dict[str, str]:
    values = {"name": "Office", "kind": "imap", "host": "localhost", "port": str(dovecot.ports["imaps"])}
    return values | {"username": uuid4().hex, "password": PASSWORD, "idle": "true", **more}


def add_untested(admin: Browser, dovecot: Dovecot, **more: str) -> str:
    """Adds a mailbox; returns the path of its page."""
    page = admin.send(PATH, form(dovecot, **more), on=f"{PATH}/new")
    assert page.status_code == 200, words(page)
    return page.url.path


def add(admin: Browser, dovecot: Dovecot, **more: str) -> str:
    """Adds a mailbox and turns it on without a connection test; returns the path of its page."""
    path = add_untested(admin, dovecot, **more)
    admin.send(f"{path}/resume", {}, on=path)
    return path


def row(world: World) -> Any:
    (found,) = run(world, "select * from sources where tenant_id = :id", id=world.tenant_id)
    return found


def fetch_now(console: Console, database: Database, source_id: UUID) -> None:
    resources = Resources(console.settings, database, console.blobs())
    fetch(order(resources, source_id), resources)
