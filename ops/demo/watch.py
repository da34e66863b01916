"""Restarts Kafka when it is killed, so that people can kill it in the demo and watch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from ops.embedded import EmbeddedServerError, Kafka

_LOOK_EVERY = 0.5


@contextmanager
def kept_alive(kafka: Kafka, tell: Callable[[str], None]) -> Iterator[None]:
    """Restarts Kafka when it has died, inside the block; calls `tell` when a start fails."""
    over = Event()

    def watch() -> None:
        while not over.wait(_LOOK_EVERY):
            try:
                kafka.start()  # does nothing while it runs
            except EmbeddedServerError as error:
                tell(f"Kafka was not started again: {error}")
                return

    watcher = Thread(target=watch, name="kafka watch")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
