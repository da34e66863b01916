"""A wall clock that can be moved while a process runs: what it sees is the real time plus the seconds in a file."""

import mmap
import struct
import time
from pathlib import Path

import dramatiq.common

SECONDS = struct.Struct("d")


class Clock:
    """How far the clock of the processes that follow `file` is ahead of the real one."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(SECONDS.pack(0.0))

    def set(self, seconds: float) -> None:
        """Moves the clock at once, to `seconds` ahead of the real one; behind it if negative."""
        with self.file.open("r+b", buffering=0) as out:  # in place: the others have it mapped
            out.write(SECONDS.pack(seconds))


def follow(file: Path) -> None:
    """From now on this process has the clock of `file`. Call it before the Kafka client is imported, which keeps it."""
    with file.open("rb") as opened:
        shared = mmap.mmap(opened.fileno(), SECONDS.size, access=mmap.ACCESS_READ)
    real = time.time

    def moved() -> float:
        ahead: float = SECONDS.unpack(shared)[0]
        return real() + ahead

    time.time = moved
    vars(dramatiq.common)["time"] = moved  # imported before by Dramatiq's main process
