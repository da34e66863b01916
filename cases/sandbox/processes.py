"""Our end of the sandbox processes: forks them by way of the fork server, sends them tasks, and kills them."""

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

from cases.sandbox import fork_server, frames
from cases.sandbox.bounds import Bounds
from cases.sandbox.errors import BadAnswerError, SandboxError, SandboxUnavailableError, WorkerDiedError

#: The environment variables that the processes inherit: language and time zone, and where libraries are found.
_ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH")
_PROGRAM = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]); "
    "from cases.sandbox.fork_server import serve; serve(int(sys.argv[1]))"
)
#: Seconds in which the fork server must load its libraries, and in which a process must receive its task.
_LOADING, _TAKING = 60.0, 30.0
#: The least time between two checks of a process's CPU time, in seconds.
_CHECK = 0.02
#: The most characters of an error or a module's name that are taken from an answer.
_WORDS = 300


class ForkServer:
    """The process that the sandbox processes are forked from. Thread-safe."""

    def __init__(self, tasks: Sequence[str] = ()) -> None:
        ours, its = socket.socketpair()
        ours.settimeout(_LOADING)
        self._owner, self._lock = ours, Lock()
        self._lost = False
        path = json.dumps([os.path.abspath(part) for part in sys.path])  # noqa: PTH100  # an empty part is this folder
        command = [sys.executable, "-I", "-c", _PROGRAM, str(its.fileno()), path]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
            )
        except OSError as problem:
            ours.close()
            raise SandboxUnavailableError(f"the process could not be started: {problem}") from problem
        finally:
            its.close()
        self._loading, self._loaded = bool(tasks), set(tasks)
        if tasks:
            with suppress(OSError):  # `fork` will raise for it
                frames.send(ours, fork_server.LOAD, json.dumps(tasks).encode())

    @property
    def alive(self) -> bool:
        """Whether the server still runs, and has answered every request."""
        return not self._lost and self._process.poll() is None

    def fork(self, task: str) -> "Process":
        """Returns a new process that can run the task `module:function`. Raises `SandboxUnavailableError`."""
        with self._request():
            if self._loading:
                frames.receive(self._owner)
                self._loading = False
            if task not in self._loaded:
                frames.send(self._owner, fork_server.LOAD, json.dumps([task]).encode())
                frames.receive(self._owner)
                self._loaded.add(task)
            frames.send(self._owner, fork_server.FORK, b"null")
            pid, descriptors, _, _ = socket.recv_fds(self._owner, 100, 1)
            if not descriptors:
                raise EOFError
        return Process(self, int(pid), socket.socket(fileno=descriptors[0]))

    def end(self, pid: int) -> int:
        """Kills a process and returns its exit code; raises `SandboxUnavailableError`."""
        with self._request():
            frames.send(self._owner, fork_server.END, json.dumps(pid).encode())
            return int(json.loads(bytes(frames.receive(self._owner)[1])))

    @contextmanager
    def _request(self) -> Iterator[None]:
        """Holds the lock for one request. If the request fails, the server counts as lost.

        Raises `SandboxUnavailableError` then.
        """
        with self._lock:
            try:
                yield
            except (OSError, EOFError, ValueError, BadAnswerError) as problem:
                self._lost = True
                raise SandboxUnavailableError("the process could not start, or is stopping") from problem

    def close(self) -> None:
        """Ends the server, and with it all processes that were forked from it."""
        self._owner.close()
        self._process.kill()
        self._process.wait()


class Process:
    """One sandbox process. Not thread-safe."""

    def __init__(self, parent: ForkServer, pid: int, peer: socket.socket) -> None:
        self._parent, self._pid, self._peer = parent, pid, peer
        self._exit_code: int | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the process lives and sends nothing, so that it can take a task."""
        return not select.select([self._peer], [], [], 0)[0]

    def lower_priority(self, nice: int) -> None:
        """Lowers the priority of the process by `nice`, as nice(2): it gets less CPU time while it is scarce."""
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._pid, os.getpriority(os.PRIO_PROCESS, self._pid) + nice)

    def run(
        self,
        bounds: Bounds,
        task: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        *,
        missing: Callable[[str], None],
    ) -> tuple[Any, float]:
        """Returns the task's result for the arguments, and the seconds of CPU time that it took.

        Calls `missing` with the name of each module that could not be imported in the process. Raises
        `LimitExceededError`, `WorkerDiedError` or `SandboxUnavailableError`, after which the process can't be used.
        """
        until = time.monotonic() + bounds.seconds
        taken = False
        try:
            before = frames.cpu_seconds(self._pid)
            self._set_limits(before, bounds)
            self._peer.settimeout(min(bounds.seconds, _TAKING))
            with suppress(BrokenPipeError):  # its answer, read below, says why
                frames.send(self._peer, b"W", pickle.dumps((task, args, kwargs), protocol=5))
            wait = _Deadline(self._peer, self._pid, bounds, until, before + bounds.cpu).wait
            kind, answer = frames.receive(self._peer, wait)
            while kind in (frames.TAKEN, frames.LACKS):
                taken = True
                if kind == frames.LACKS:
                    missing(answer.decode(errors="replace")[:_WORDS])
                kind, answer = frames.receive(self._peer, wait)
            if kind == frames.RESULT:
                return frames.answers(task).validate_json(answer), frames.cpu_seconds(self._pid) - before
        except TimeoutError:
            raise bounds.exceeded("seconds") from None
        except (EOFError, OSError, BadAnswerError, ValidationError) as problem:
            if not taken:
                raise SandboxUnavailableError("the process died before it had the work") from problem
            raise self._how_it_ended(bounds) from problem
        if kind == frames.NO_MEMORY:
            raise bounds.exceeded("memory")
        raise WorkerDiedError(1, answer.decode(errors="replace")[:_WORDS])

    def end(self) -> int:
        """Kills the process and returns its exit code. Raises `SandboxUnavailableError` when the code is not known."""
        if self._exit_code is None:
            self._peer.close()
            self._exit_code = self._parent.end(self._pid)
        return self._exit_code

    def _set_limits(self, before: float, bounds: Bounds) -> None:
        """Sets limits that the process can't raise: on memory, and on CPU time in case our own process hangs."""
        resource.prlimit(self._pid, resource.RLIMIT_AS, (bounds.memory, resource.RLIM_INFINITY))
        _, most = resource.prlimit(self._pid, resource.RLIMIT_CPU)
        until = ceil(before + bounds.cpu) + 1
        if most != resource.RLIM_INFINITY:  # a lower limit, set from outside of casemail, stands
            until = min(until, most)
        resource.prlimit(self._pid, resource.RLIMIT_CPU, (until, most))

    def _how_it_ended(self, bounds: Bounds) -> SandboxError:
        code = self.end()
        if code == -signal.SIGTERM:  # all processes of the service are being stopped
            return SandboxUnavailableError("the process is stopping")
        return bounds.exceeded("cpu") if code == -signal.SIGXCPU else WorkerDiedError(code)


class _Deadline:
    """Waits for an answer until a time on the clock, or until the process has used `cpu_until` seconds of CPU time."""

    def __init__(self, peer: socket.socket, pid: int, bounds: Bounds, until: float, cpu_until: float) -> None:
        self._pid, self._bounds, self._until, self._cpu_until = pid, bounds, until, cpu_until
        self._poll = select.poll()
        self._poll.register(peer, select.POLLIN)

    def wait(self) -> None:
        """Returns when there is something to read. Raises `LimitExceededError` when a limit is reached first."""
        while True:
            left = self._until - time.monotonic()
            cpu_left = self._cpu_until - frames.cpu_seconds(self._pid)
            if left <= 0 or cpu_left <= 0:
                raise self._bounds.exceeded("seconds" if left <= 0 else "cpu")
            if self._poll.poll(1_000 * max(_CHECK, min(left, cpu_left / 2))):
                return
