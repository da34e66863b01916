"""The API as a real server in a thread, and clients of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import uvicorn

from api.app import ROOT, create_app
from api.services import Services
from cases.people import api_tokens
from cases.people.api_tokens import Scope
from ops.cli.api import limits
from ops.http import server as http_server
from schemas.settings import Settings
from storage.database import Database
from storage.resources import Resources, open_resources
from tests.builders.world import World
from workers.explain import why

START_SECONDS = 60.0


@dataclass(frozen=True)
class Api:
    """A running API, and its resources."""

    url: str
    resources: Resources


class Client:
    """An application of a tenant that has a token."""

    def __init__(self, api: Api, token: str) -> None:
        self.token = token
        self.http = httpx.Client(
            base_url=api.url + ROOT, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=60
        )

    def ask(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """Sends a request; asserts the status, and returns the JSON of the answer (None if it has none)."""
        answer = self.http.request(method, path, **more)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        return answer.json() if answer.content else None

    def refusal(self, method: str, path: str, status: int = 422, **more: Any) -> dict[str, Any]:
        """Sends a request that is refused; asserts that the answer is a problem with this status, and returns it."""
        answer = self.http.request(method, path, **more)
        assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = answer.json()
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        return problem


def token_for(database: Database, world: World, *scopes: Scope, by: UUID | None = None) -> str:
    """Creates a token of the tenant; without scopes, one that may do everything."""
    with database.tenant(world.tenant_id) as connection:
        made = api_tokens.create(connection, world.tenant_id, "the host", scopes or tuple(Scope), by=by)
    assert isinstance(made, str), made
    return made


@contextmanager
def serve(settings: Settings) -> Iterator[Api]:
    """Runs an API with these settings on a free port until the end of the block."""
    resources = open_resources(settings)
    app = create_app(settings, Services(resources, partial(why, resources=resources)))
    server = uvicorn.Server(http_server.config(app, limits(settings), host="127.0.0.1", port=0))
    thread = Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the API did not start"
        assert time.monotonic() < deadline, "the API did not start in time"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Api(f"http://127.0.0.1:{port}", resources)
    server.should_exit = True
    thread.join(START_SECONDS)
    resources.database.close()
