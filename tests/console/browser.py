"""A person at the console: an HTTP client that keeps cookies and fills in the forms of the pages."""

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from lxml import html

from schemas.settings import Settings
from storage.blobs.store import Blobs
from tests.builders.rows import run
from tests.builders.world import World

PASSWORD = "correct horse battery staple"
#: A cheap hash; otherwise log-ins would take most of the time of the tests.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_NUMBERS = count(1)


@dataclass(frozen=True)
class Console:
    """The URL and the settings of a running console."""

    url: str
    settings: Settings

    def blobs(self) -> Blobs:
        return Blobs(self.settings.blobs.url)


class Browser:
    """One person's browser with a unique IP address, sent as a proxy would; it follows redirects."""

    def __init__(self, url: str, address: str = "") -> None:
        number = next(_NUMBERS)
        self.address = address or f"10.{number >> 8 & 255}.{number & 255}.1"
        at = {"x-forwarded-for": self.address}
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=60, headers=at)

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.http.get(path, params=query or None)

    def log_in(self, world: World, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        return self.send("/login", {"slug": world.slug, "email": email, "password": password, **more})

    def log_out(self) -> httpx.Response:
        return self.send("/logout", {}, on="/cases")

    def send(
        self, path: str, values: dict[str, Any], files: list[tuple[str, bytes]] | None = None, *, on: str = ""
    ) -> httpx.Response:
        """Sends a form to `path` with the token from the page `on`, which is `path` if not given."""
        parts = [("files", (name, data)) for name, data in files or []]
        token = field(self.get(on or path), "csrf")
        return self.http.post(path, data={"csrf": token, **values}, files=parts or None)

    def post_update(
        self, case_id: UUID, words: str, *recipients: UUID, files: list[tuple[str, bytes]] | None = None
    ) -> httpx.Response:
        page = self.get(f"/cases/{case_id}")
        values = {"update_id": field(page, "update_id"), "text": words, "recipients": list(map(str, recipients))}
        return self.send(f"/cases/{case_id}/updates", values, files)


def field(page: httpx.Response, name: str) -> str:
    """Returns the value of the page's input with this name, which may be hidden."""
    value: str = tree(page).xpath(f"//input[@name='{name}']/@value")[0]
    return value


def tree(page: httpx.Response) -> html.HtmlElement:
    return html.fromstring(page.text)


def words(page: httpx.Response, path: str = "//main") -> str:
    """Returns the text of the elements at `path`, with single spaces."""
    return " ".join(" ".join(element.text_content() for element in tree(page).xpath(path)).split())


def give_passwords(world: World) -> None:
    values = {"hash": PASSWORD_HASH, "tenant": world.tenant_id}
    run(world, "update users set password_hash = :hash where tenant_id = :tenant", **values)
