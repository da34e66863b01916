"""A disk of four megabytes, for tests of a full disk."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 4_000_000


@contextmanager
def small_disk(folder: Path) -> Iterator[tuple[Path, Callable[[int], None]]]:
    """Yields a folder on a new small disk, and a function that fills a number of bytes of it.

    Mounts a tmpfs, which only root may do.
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
