"""The disk of the blobs: a small one of its own where that is allowed, so that it can be filled."""

import os
import subprocess
from pathlib import Path
from typing import Self

_SIZE, _RESERVE = 200_000_000, 40_000_000


class Disk:
    """A disk at `place` from entry to exit. Only root may mount one; else the blobs are in a plain folder, and
    `can_fill` is false."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.blobs = place / "blobs"
        self.can_fill = os.geteuid() == 0
        self.reserve = _RESERVE if self.can_fill else 0

    def fill(self) -> None:
        """Leaves less free than the reserve."""
        (self._place / "other").write_bytes(bytes(_SIZE - _RESERVE))

    def empty(self) -> None:
        """Makes room again."""
        (self._place / "other").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        self._place.mkdir()
        if self.can_fill:
            command = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "casemail-gameday", str(self._place)]
            self.can_fill = subprocess.run(command, check=False).returncode == 0
            self.reserve = _RESERVE if self.can_fill else 0
        self.blobs.mkdir()
        return self

    def __exit__(self, *_: object) -> None:
        if self.can_fill:
            subprocess.run(["umount", "--lazy", str(self._place)], check=True)
