"""Sandbox tasks that act like an attacker's code that has taken over a library in the process."""

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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from schemas.records import Custody, ParsedMail, Rejection
from workers.parse import read
from workers.parse.limits import Limits

#: A file that must not be read, and a file that must not be written.
PASSWORDS, TRACE = Path("/etc/passwd"), Path("/tmp/casemail-was-here")


class Hostile:
    """An object whose pickle makes a call when it is read: it would be a harmful answer if answers were pickles."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(TRACE),)


def words(content: str) -> str:
    """Returns the content in upper case: a harmless task."""
    return content.upper()


#: Words in a mail over which `read_mail` and `read_mails` here end their process.
DEADLY = b"These words kill the reader."


def read_mail(raw: bytes, custody: Custody, limits: Limits) -> ParsedMail | Rejection:
    """Reads a mail as a parser does that has a fault: a mail with `DEADLY` ends the process."""
    if DEADLY in raw:
        os._exit(7)  # the sandbox refuses signals
    return read.read_mail(raw, custody, limits)


def read_mails(raws: Sequence[bytes], custodies: Sequence[Custody], limits: Limits) -> list[ParsedMail | Rejection]:
    """Reads several mails, each as `read_mail` here does."""
    return [read_mail(raw, custody, limits) for raw, custody in zip(raws, custodies, strict=True)]


def environment() -> list[str]:
    """Returns the names of the environment variables that the process sees."""
    return sorted(os.environ)


def folder() -> str:
    """Returns the working folder of the process, and what is in it."""
    return repr(attempt(os.getcwd)) + repr(attempt(lambda: list(Path().iterdir())))


def attempt(act: Callable[[], object]) -> str:
    """Tries an act and returns its outcome."""
    try:
        return f"done: {act()}"
    except OSError as problem:
        return f"refused: {problem.errno}"
    except Exception as problem:  # noqa: BLE001  # any refusal counts
        return f"refused: {problem!r}"


def _connect() -> None:
    socket.create_connection(("127.0.0.1", 9), 1)


def _system_call(number: int, *values: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *values) < 0:
        raise OSError(ctypes.get_errno(), "refused")


ACTS: dict[str, Callable[[], object]] = {
    "read a file": PASSWORDS.read_text,
    "read the environment of its parent": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
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
    """Returns the outcome of each act of `ACTS` in the process."""
    return {name: attempt(act) for name, act in ACTS.items()}


def descriptors() -> list[int]:
    """Returns the file descriptors that are open in the process."""
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
    """Returns what a thread in the process can do."""
    seen: list[str] = []
    worker = threading.Thread(target=lambda: seen.extend(("began", attempt(PASSWORDS.read_text))))
    worker.start()
    worker.join()
    return " ".join(seen)


def pickled() -> Any:
    """Answers with an object that is not plain data."""
    return Hostile()


def forged() -> int:
    """Writes an answer of another type past the code that should write it."""
    content = pickle.dumps(Hostile())
    os.write(3, struct.pack("<cQ", b"R", len(content)) + content)
    os._exit(0)


def endless() -> int:
    """Writes an answer without end."""
    os.write(3, b"R" + (2**60).to_bytes(8, "little"))
    while True:
        os.write(3, bytes(65536))


def failing() -> int:
    """Raises an error."""
    raise ZeroDivisionError("of a mail")


def number() -> int:
    """Returns the id of the process."""
    return os.getpid()
