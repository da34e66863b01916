"""The process that processes for hostile bytes are made of, and what they do.

The template has loaded all libraries, knows no secrets and sees no hostile bytes. It has one thread, so a fork of it is
sound, and takes a few milliseconds; what is forked confines itself before its first work, and can load nothing more.
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

#: What the template is asked for: load these works; fork a process for them; end a process, and say how it ended.
LOAD, FORK, END = b"L", b"F", b"E"


class Missed:
    """An import hook that notes what was looked for after all imports were over."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, *_: object) -> None:
        """Finds nothing. All codecs are there: what else is asked for is no codec."""
        if not name.startswith("encodings."):
            self.names.append(name)


def serve(descriptor: int) -> None:
    """The template: does what it is asked for over this socket, until the other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with tempfile.TemporaryDirectory(prefix="casemail-") as folder:
        os.chdir(folder)  # empty, and stays so: it is gone at once
    for codec in pkgutil.iter_modules(encodings.__path__, "encodings."):
        with contextlib.suppress(ImportError):  # of another system
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
    """Loads works, named as `module:function`, and what their module's `warm`, if it has one, brings in."""
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
            _work(its)
        finally:
            os._exit(1)
    its.close()
    socket.send_fds(owner, [json.dumps(pid).encode()], [ours.fileno()])
    ours.close()
    return pid


def _end(pid: int) -> int:
    """Kills the process, if it lives, and says how it ended: its exit code, or a signal as a negative number."""
    os.kill(pid, signal.SIGKILL)  # ours to wait for, so no other has its id
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _work(peer: socket.socket) -> None:
    """A process for hostile bytes: does one work after the other, until the other end is gone."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    os.dup2(peer.fileno(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    missed = Missed()
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
    """Takes a work and does it; the answer to it."""
    try:
        _, content = frames.receive(peer, most=sys.maxsize)
        work, args, kwargs = pickle.loads(content)  # noqa: S301  from us; the answer goes back as JSON
        del content
        frames.send(peer, frames.TAKEN)
        return frames.RESULT, frames.answers(work).dump_json(work(*args, **kwargs))
    except EOFError:
        os._exit(0)
    except MemoryError:
        return frames.NO_MEMORY, b""
    except Exception as problem:  # noqa: BLE001  whoever asked for the work decides
        return frames.RAISED, f"{type(problem).__name__}: {problem}".encode(errors="replace")
