"""The folder in which the processes of one role count together, for prometheus_client's multiprocess mode.

The process that starts the others makes it, and removes it when it ends. It holds a lock on it; a folder without a lock
was left by a process that was killed, and the next process that makes a folder removes it.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

#: prometheus_client reads this variable when it is imported.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "casemail-metrics-"
_LOCK = "lock"

_locks: list[int] = []  # open for as long as this process lives


def make(where: Path | None) -> Path:
    """Makes a private folder in `where` (default: the folder for temporary files), and removes abandoned ones there.

    Sets the variable for this process and those that it starts. Raises `OSError` if `where` can't be written to.
    """
    parent = Path(where or tempfile.gettempdir())
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.glob(f"{_PREFIX}*"):
        _remove_if_abandoned(left)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    _locks.append(_locked(folder))
    os.environ[VARIABLE] = str(folder)
    atexit.register(_remove, folder, os.getpid())
    return folder


def current() -> Path | None:
    """Returns the folder in which this process counts; None if it counts alone."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def _locked(folder: Path) -> int:
    """Returns the descriptor of the folder's lock. Raises `BlockingIOError` while another process holds it."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _remove_if_abandoned(folder: Path) -> None:
    # without a lock file it is being made just now; another user's folder can't be opened
    if not (folder / _LOCK).exists():
        return
    with suppress(OSError):
        descriptor = _locked(folder)
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a fork that ends by `sys.exit` is not the owner
        shutil.rmtree(folder, ignore_errors=True)
