"""casemail's LMTP server, run in a thread of the test process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ops.embedded.process import free_port
from schemas.settings import Settings
from storage.resources import Resources
from workers.fetch.push import lmtp
from workers.fetch.push.memory_budget import Patience


@contextmanager
def serving(resources: Resources, *, patience: Patience | None = None, **changes: Any) -> Iterator[Settings]:
    """Runs the LMTP server with `changes` of the settings, on a free port unless they name it. Yields the settings."""
    settings = resources.settings.replace(**{"lmtp_port": free_port(), "push_batch_seconds": 0.2} | changes)
    loop = asyncio.new_event_loop()
    ready, stop = asyncio.Event(), asyncio.Event()
    moved = Resources(settings, resources.database, resources.blobs)
    thread = threading.Thread(target=loop.run_until_complete, args=(lmtp.serve(moved, ready, stop, patience=patience),))
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(ready.wait(), loop).result(60)
        yield settings
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.run_until_complete(_end_tasks())
        loop.close()


async def _end_tasks() -> None:
    """Cancels the remaining tasks, as `asyncio.run` does: a connection may have come in while the server stopped."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.sleep(0)  # lets their connections close
