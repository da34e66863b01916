"""A wall clock that can be moved while a process runs: it shows the real time plus the seconds in a file."""

import mmap
import struct
import time
from pathlib import Path

import dramatiq.common

SECONDS = struct.Struct("d")


class Clock:
    """Sets the clock of the processes that follow `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(SECONDS.pack(0.0))

    def set(self, seconds: float) -> None:
        """Sets the clock, at once, to `seconds` ahead of the real time, or behind it if negative."""
        with self.file.open("r+b", buffering=0) as out:  # in place: the processes have it mapped
            out.write(SECONDS.pack(seconds))


def follow(file: Path) -> None:
    """Gives this process the clock of `file`. Call it before the Kafka client is imported, which keeps its clock."""
    with file.open("rb") as opened:
        shared = mmap.mmap(opened.fileno(), SECONDS.size, access=mmap.ACCESS_READ)
    real = time.time

    def moved() -> float:
        ahead: float = SECONDS.unpack(shared)[0]
        return real() + ahead

    time.time = moved
    vars(dramatiq.common)["time"] = moved  # imported before by Dramatiq's main process
