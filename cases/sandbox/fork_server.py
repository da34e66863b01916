"""The program of the fork server, and of the sandbox processes that are forked from it.

The fork server has loaded all libraries, knows no secrets and sees no hostile bytes. It has one thread, so forking it
is safe, and takes a few milliseconds. A forked process confines itself before its first task, and can load nothing
after that.
"""

import contextlib
import encodings
import gc
import importlib
import json
import os
import pickle
import pkgutil
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence

from cases.sandbox import frames
from cases.sandbox.confine import confine

#: Requests to the fork server: load tasks; fork a process to run them; end a process and return its exit code.
LOAD, FORK, END = b"L", b"F", b"E"


class MissedImports:
    """An import hook that notes which modules code in the sandbox tries to import, where nothing can be loaded."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        """Notes the name and finds nothing. All codecs are loaded, so any other name below `encodings` is no codec."""
        if not name.startswith("encodings."):
            self.names.append(name)


def serve(descriptor: int) -> None:
    """Runs the fork server: answers the requests on this socket until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with tempfile.TemporaryDirectory(prefix="casemail-") as folder:
        os.chdir(folder)  # an empty folder, which is then removed
    for codec in pkgutil.iter_modules(encodings.__path__, "encodings."):
        with contextlib.suppress(ImportError):  # a codec of another system
            importlib.import_module(codec.name)
    forked: set[int] = set()
    with socket.socket(fileno=descriptor) as owner, contextlib.suppress(EOFError, ConnectionError):
        while True:
            kind, content = frames.receive(owner)
            asked = json.loads(bytes(content))
            if kind == LOAD:
                _load(asked)
                frames.send(owner, LOAD)
            elif kind == FORK:
                forked.add(_fork(owner))
            elif asked in forked:
                forked.remove(asked)
                frames.send(owner, END, json.dumps(_end(asked)).encode())


def _load(names: Sequence[str]) -> None:
    """Loads tasks, named as `module:function`, and calls the function `warm` of their modules, if there is one."""
    for name in names:
        module = importlib.import_module(name.partition(":")[0])
        getattr(module, "warm", lambda: None)()
        frames.answers(getattr(module, name.partition(":")[2]))
    gc.collect()
    gc.freeze()


def _fork(owner: socket.socket) -> int:
    ours, its = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            owner.close()
            ours.close()
            _run_tasks(its)
        finally:
            os._exit(1)
    its.close()
    socket.send_fds(owner, [json.dumps(pid).encode()], [ours.fileno()])
    ours.close()
    return pid


def _end(pid: int) -> int:
    """Kills the process, if it lives; returns its exit code, or the signal that ended it as a negative number."""
    os.kill(pid, signal.SIGKILL)  # it is our child and not waited for yet, so no other process has its id
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _run_tasks(peer: socket.socket) -> None:
    """Runs a sandbox process: confines itself, then runs one task after another until the other end is closed, or
    until a task gives no result."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.dup2(peer.fileno(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    missed = MissedImports()
    sys.meta_path.insert(0, missed)
    owner = socket.socket(fileno=3)
    confine()
    kind = frames.RESULT
    while kind == frames.RESULT:
        kind, answer = _answer(owner)
        for name in missed.names:
            frames.send(owner, frames.LACKS, name.encode())
        missed.names.clear()
        frames.send(owner, kind, answer)


def _answer(peer: socket.socket) -> tuple[bytes, bytes]:
    """Receives a task and runs it; returns the kind and the bytes of the answer."""
    try:
        _, content = frames.receive(peer, most=sys.maxsize)
        task, args, kwargs = pickle.loads(content)  # noqa: S301  # from us; the answer goes back as JSON
        del content
        frames.send(peer, frames.TAKEN)
        return frames.RESULT, frames.answers(task).dump_json(task(*args, **kwargs))
    except EOFError:
        os._exit(0)
    except MemoryError:
        return frames.NO_MEMORY, b""
    except Exception as problem:  # noqa: BLE001  # the caller decides what it means
        return frames.RAISED, f"{type(problem).__name__}: {problem}".encode(errors="replace")
