"""Our end of the processes for hostile bytes: makes them by the template, gives them work, kills them."""

import json
import os
import pickle
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from threading import Lock
from typing import Any

from pydantic import ValidationError

from cases.sandbox import frames, template

#: What of our environment the processes get: how words and times are written, and where libraries lie.
_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
_BEGIN = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]); "
    "from cases.sandbox.template import serve; serve(int(sys.argv[1]))"
)
#: Seconds in which the template loads its libraries, and in which a process takes what it is to work on.
_LOADING, _TAKING = 60.0, 30.0
#: The least time between two looks at what CPU time a process has used, in seconds.
_LOOK = 0.02
#: Longest piece of what a work raised that is repeated.
_WORDS = 300


class Gone(Exception):  # noqa: N818  the name says what happened
    """The template or a process could not be started, or was told to stop."""


class Ended(Exception):  # noqa: N818
    """The process ended over its work, or answered what is no answer; `exit_code` as of subprocess."""

    def __init__(self, exit_code: int, words: str = "") -> None:
        super().__init__(words or f"exit code {exit_code}")
        self.exit_code = exit_code


class Over(Exception):  # noqa: N818
    """The work took more than `bound`, "seconds", "cpu" or "memory", allows."""

    def __init__(self, bound: str) -> None:
        super().__init__(bound)
        self.bound = bound


class Template:
    """The process that others are forked of; safe to be used by several threads."""

    def __init__(self, works: Sequence[str] = ()) -> None:
        ours, its = socket.socketpair()
        ours.settimeout(_LOADING)
        self._owner, self._lock = ours, Lock()
        self._lost = False
        path = json.dumps([os.path.abspath(part) for part in sys.path])  # noqa: PTH100  an empty one is this folder
        command = [sys.executable, "-I", "-c", _BEGIN, str(its.fileno()), path]
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own program
                command,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
            )
        except OSError as problem:
            ours.close()
            raise Gone(f"the process could not be started: {problem}") from problem
        finally:
            its.close()
        self._loading, self._loaded = bool(works), set(works)
        if works:
            with suppress(OSError):  # who asks for a process hears of it
                frames.send(ours, template.LOAD, json.dumps(works).encode())

    @property
    def alive(self) -> bool:
        """Whether it still runs, and has answered whatever it was asked."""
        return not self._lost and self._process.poll() is None

    def fork(self, work: str) -> "Process":
        """A process that can do this work, `module:function`; raises `Gone`."""
        with self._asking():
            if self._loading:
                frames.receive(self._owner)
                self._loading = False
            if work not in self._loaded:
                frames.send(self._owner, template.LOAD, json.dumps([work]).encode())
                frames.receive(self._owner)
                self._loaded.add(work)
            frames.send(self._owner, template.FORK, b"null")
            pid, descriptors, _, _ = socket.recv_fds(self._owner, 100, 1)
            if not descriptors:
                raise EOFError
        return Process(self, int(pid), socket.socket(fileno=descriptors[0]))

    def end(self, pid: int) -> int:
        """Kills a process and says how it ended; raises `Gone`."""
        with self._asking():
            frames.send(self._owner, template.END, json.dumps(pid).encode())
            return int(json.loads(bytes(frames.receive(self._owner)[1])))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Whatever goes wrong in asking means that it is gone."""
        with self._lock:
            try:
                yield
            except (OSError, EOFError, ValueError, frames.BadAnswer) as problem:
                self._lost = True
                raise Gone("the process could not be started, or was told to stop") from problem

    def close(self) -> None:
        """Ends it, and with it all that was forked of it."""
        self._owner.close()
        self._process.kill()
        self._process.wait()


class Process:
    """One process for hostile bytes; one thread at a time uses it."""

    def __init__(self, parent: Template, pid: int, peer: socket.socket) -> None:
        self._template, self._pid, self._peer = parent, pid, peer
        self._exit_code: int | None = None

    @property
    def rests(self) -> bool:
        """Whether it lives and has nothing to say: it may be given work."""
        return not select.select([self._peer], [], [], 0)[0]

    def yield_cpu(self, nice: int) -> None:
        """From now on it gets less CPU time where all of it is wanted, by nice(2)."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._pid, nice)

    def do(
        self,
        work: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        *,
        seconds: float,
        cpu: float,
        memory: int,
        lacks: Callable[[str], None],
    ) -> tuple[Any, float]:
        """What the work makes of the arguments, and the CPU time that took in seconds.

        Raises `Over`, `Ended` or `Gone`, after which the process is of no use. `lacks` is called with the name of
        each module that could not be loaded in the process.
        """
        until = time.monotonic() + seconds
        taken = False
        try:
            before = frames.cpu_seconds(self._pid)
            self._bound(before, cpu, memory)
            self._peer.settimeout(min(seconds, _TAKING))
            with suppress(BrokenPipeError):  # its answer says why
                frames.send(self._peer, b"W", pickle.dumps((work, args, kwargs), protocol=5))
            wait = _Waiting(self._peer, self._pid, until, before + cpu).wait
            kind, answer = frames.receive(self._peer, wait)
            while kind in (frames.TAKEN, frames.LACKS):
                taken = True
                if kind == frames.LACKS:
                    lacks(answer.decode(errors="replace")[:_WORDS])
                kind, answer = frames.receive(self._peer, wait)
            if kind == frames.RESULT:
                return frames.answers(work).validate_json(answer), frames.cpu_seconds(self._pid) - before
        except TimeoutError:
            raise Over("seconds") from None
        except (EOFError, OSError, frames.BadAnswer, ValidationError) as problem:
            if not taken:
                raise Gone("the process died before it had the work") from problem
            raise self._how_it_ended() from problem
        if kind == frames.NO_MEMORY:
            raise Over("memory")
        raise Ended(1, answer.decode(errors="replace")[:_WORDS])

    def end(self) -> int:
        """Kills it, and says how it ended; raises `Gone` when nobody knows."""
        if self._exit_code is None:
            self._peer.close()
            self._exit_code = self._template.end(self._pid)
        return self._exit_code

    def _bound(self, before: float, cpu: float, memory: int) -> None:
        """Its limits from outside, where it can't raise them: memory, and CPU time for when we stand still."""
        resource.prlimit(self._pid, resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY))
        _, most = resource.prlimit(self._pid, resource.RLIMIT_CPU)
        until = ceil(before + cpu) + 1
        if most != resource.RLIM_INFINITY:  # where whoever runs us allows less, that holds
            until = min(until, most)
        resource.prlimit(self._pid, resource.RLIMIT_CPU, (until, most))

    def _how_it_ended(self) -> Exception:
        code = self.end()
        if code == -signal.SIGTERM:  # all processes of the service are told to stop
            return Gone("the process was told to stop")
        return Over("cpu") if code == -signal.SIGXCPU else Ended(code)


class _Waiting:
    """Waits for what a process answers until a time on the clock, or a CPU time of the process."""

    def __init__(self, peer: socket.socket, pid: int, until: float, cpu_until: float) -> None:
        self._pid, self._until, self._cpu_until = pid, until, cpu_until
        self._poll = select.poll()
        self._poll.register(peer, select.POLLIN)

    def wait(self) -> None:
        """Returns when there is something to read; raises `Over`."""
        while True:
            left = self._until - time.monotonic()
            cpu_left = self._cpu_until - frames.cpu_seconds(self._pid)
            if left <= 0 or cpu_left <= 0:
                raise Over("seconds" if left <= 0 else "cpu")
            if self._poll.poll(1_000 * max(_LOOK, min(left, cpu_left / 2))):
                return
