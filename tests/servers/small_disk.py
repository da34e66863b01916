"""A disk of four megabytes, for tests of what happens when it is full."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 4_000_000


@contextmanager
def small_disk(folder: Path) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """A folder on a small disk of its own, and a call that lets something else take up so many bytes of it.

    Mounts a tmpfs, and so must be called by root.
    """
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "casemail-test", str(disk)], check=True)
    try:
        (disk / "blobs").mkdir()
        yield disk / "blobs", lambda size: _fill(disk / "other", size)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _fill(file: Path, size: int) -> None:
    file.write_bytes(b"x" * size)
