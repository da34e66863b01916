"""A gate that holds processes back: they wait while another process holds the lock of a file."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def closed(file: Path) -> Iterator[None]:
    """Keeps the gate at `file` closed inside the block."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def wait(file: Path) -> None:
    """Returns when the gate at `file` is open."""
    with file.open() as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)
