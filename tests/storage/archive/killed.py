"""`python -m tests.storage.archive.killed STEP URL FOLDER` archives row by row, and kills itself at a step."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from storage.archive import catalogue, files, move, rows
from storage.archive.rows import Kind
from storage.database import Database

#: The steps: the module and function at whose call of this number the process dies.
STEPS: dict[str, tuple[Any, str, int]] = {
    "before anything": (rows, "take", 1),
    "before the file": (files, "write", 1),
    "while the file is written": (os, "fsync", 3),
    "before the file has its name": (files, "read", 1),
    "before the commit": (catalogue, "note", 1),
    "after the first commit": (rows, "take", 2),
    "between two kinds": (rows, "take", 4),
    "in the audit": (catalogue, "note", 7),
}


def dying(function: Callable[..., Any], calls: int) -> Callable[..., Any]:
    """Returns the function with an end: at this call the process dies."""
    made = 0

    def call(*given: Any, **named: Any) -> Any:
        nonlocal made
        made += 1
        if made == calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*given, **named)

    return call


if __name__ == "__main__":
    step, url, folder = sys.argv[1:]
    module, name, calls = STEPS[step]
    setattr(module, name, dying(getattr(module, name), calls))
    list(move.move(Database(url), dict.fromkeys(Kind, 365), Path(folder), most=1))
