"""Runs the console as a real server in a thread."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from console.app import create_app
from ops.cli.console import limits, offers
from ops.http import server as http_server
from schemas.settings import Settings
from storage.resources import open_resources
from tests.console.browser import Console

START_SECONDS = 60.0


@contextmanager
def serve(settings: Settings) -> Iterator[Console]:
    """Runs a console with these settings on a free port until the end of the block."""
    resources = open_resources(settings)
    app = create_app(settings, offers(resources))
    server = uvicorn.Server(http_server.config(app, limits(settings), host="127.0.0.1", port=0))
    thread = Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        assert thread.is_alive(), "the console did not start"
        assert time.monotonic() < deadline, "the console did not start in time"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Console(f"http://127.0.0.1:{port}", settings)
    server.should_exit = True
    thread.join(START_SECONDS)
    resources.database.close()
