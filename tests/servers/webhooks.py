"""casemail's webhooks, served by uvicorn in a thread of the test process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from ops.embedded.process import free_port
from storage.resources import Resources
from workers.fetch.push import webhook
from workers.fetch.push.memory_budget import Patience


def unlimited(app: Starlette, port: int) -> uvicorn.Server:
    """Returns a server without limits on its connections."""
    return uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))


@contextmanager
def serving(resources: Resources, *, patience: Patience | None = None, **changes: Any) -> Iterator[str]:
    """Runs the webhooks with `changes` of the settings on a free port; yields their URL."""
    with serving_by(unlimited, resources, patience=patience, **changes) as url:
        yield url


@contextmanager
def serving_by(
    make: Callable[[Starlette, int], uvicorn.Server],
    resources: Resources,
    *,
    patience: Patience | None = None,
    **changes: Any,
) -> Iterator[str]:
    """Runs the webhooks with the server that `make` returns; yields their URL."""
    settings = resources.settings.replace(**{"push_batch_seconds": 0.2} | changes)
    port = free_port()
    app = webhook.create_app(Resources(settings, resources.database, resources.blobs), patience=patience)
    server = make(app, port)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
