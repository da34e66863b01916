"""Works for the process for hostile bytes: what it would do if a library in it were taken over."""

import ctypes
import errno
import mmap
import os
import pickle
import resource
import signal
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What must not be read, and what must not be made.
PASSWORDS, TRACE = Path("/etc/passwd"), Path("/tmp/casemail-was-here")


class Hostile:
    """What a process that was taken over would answer with, were it read as a pickle: a call."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(TRACE),)


def words(content: str) -> str:
    """A work without harm."""
    return content.upper()


def environment() -> list[str]:
    """The names of the variables there, as the process sees them and as it was started with."""
    return sorted(os.environ)


def folder() -> str:
    """The folder there."""
    return repr(attempt(os.getcwd)) + repr(attempt(lambda: list(Path().iterdir())))


def attempt(act: Callable[[], object]) -> str:
    """What becomes of an act."""
    try:
        return f"done: {act()}"
    except OSError as problem:
        return f"refused: {problem.errno}"
    except Exception as problem:  # noqa: BLE001  whatever it is
        return f"refused: {problem!r}"


def _connect() -> None:
    socket.create_connection(("127.0.0.1", 9), 1)


def _system_call(number: int, *values: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *values) < 0:
        raise OSError(ctypes.get_errno(), "refused")


ACTS: dict[str, Callable[[], object]] = {
    "read a file": PASSWORDS.read_text,
    "read the environment of who started it": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "write a file": lambda: TRACE.write_text("here"),
    "list a folder": lambda: list(Path("/").iterdir()),
    "look at a file": PASSWORDS.stat,
    "make a folder": TRACE.mkdir,
    "change its root": lambda: os.chroot("/tmp"),
    "open a socket": lambda: socket.socket(socket.AF_INET),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "connect": _connect,
    "fork": os.fork,
    "start a program": lambda: os.execv("/bin/true", ["true"]),
    "start another program": lambda: os.posix_spawn("/bin/true", ["true"], {}),
    "kill its parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "see whether another lives": lambda: os.kill(os.getppid(), 0),
    "raise its limits": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "trace another": lambda: _system_call(101, 16, os.getppid(), 0, 0),
    "read another's memory": lambda: _system_call(310, os.getppid(), 0, 0, 0, 0, 0),
    "make code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "load a program in memory": lambda: os.memfd_create("x"),
    "become another user": lambda: os.setuid(12345),
    "make a namespace": lambda: _system_call(272, 0x10000000),
    "load a BPF program": lambda: _system_call(321, 0, 0, 0),
    "use io_uring": lambda: _system_call(425, 1, 0),
}


def acts() -> dict[str, str]:
    """What becomes of each act there."""
    return {name: attempt(act) for name, act in ACTS.items()}


def descriptors() -> list[int]:
    """The file descriptors that are open there."""
    found = []
    for number in range(64):
        try:
            os.lseek(number, 0, os.SEEK_CUR)
        except OSError as problem:
            if problem.errno == errno.EBADF:
                continue
        found.append(number)
    return found


def thread() -> str:
    """What a thread there does."""
    seen: list[str] = []
    worker = threading.Thread(target=lambda: seen.extend(("began", attempt(PASSWORDS.read_text))))
    worker.start()
    worker.join()
    return " ".join(seen)


def pickled() -> Any:
    """An answer that is no data."""
    return Hostile()


def forged() -> int:
    """An answer that is of another type than it should be, written past the process's own words."""
    content = pickle.dumps(Hostile())
    os.write(3, struct.pack("<cQ", b"R", len(content)) + content)
    os._exit(0)


def endless() -> int:
    """An answer without end."""
    os.write(3, b"R" + (2**60).to_bytes(8, "little"))
    while True:
        os.write(3, bytes(65536))


def failing() -> int:
    """A work that raises."""
    raise ZeroDivisionError("of a mail")


def number() -> int:
    """Its process."""
    return os.getpid()
