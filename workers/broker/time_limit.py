"""A time limit that interrupts actors, and nothing around them.

An exception raised in another thread arrives wherever that thread happens to be. With Dramatiq's own
TimeLimit it may arrive just after the actor has ended: then it ends the worker's thread, or hits the next actor. Here
it is raised only while the actor's function runs, and not while the function sends a message.
"""

import functools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dramatiq
from dramatiq.broker import Broker
from dramatiq.middleware import Middleware, TimeLimitExceeded
from dramatiq.threading import raise_thread_exception

DEFAULT_MS = 600_000.0


class _Run:
    """A run of an actor's function in the current thread, to be interrupted at the monotonic time `deadline`."""

    def __init__(self, deadline: float) -> None:
        self._thread = threading.get_ident()
        self._deadline = deadline
        self._lock = threading.Lock()
        self._may_interrupt = True

    def check(self) -> None:
        """Interrupts the function if its time is up, once."""
        with self._lock:
            if self._may_interrupt and time.monotonic() >= self._deadline:
                self._may_interrupt = False
                self._deadline = float("inf")
                raise_thread_exception(self._thread, TimeLimitExceeded)  # type: ignore[no-untyped-call]

    def allow(self, *, interrupts: bool) -> None:
        """Sets, in the thread itself, whether it may be interrupted. A pending interrupt is raised here."""
        with self._lock:
            self._may_interrupt = interrupts


_RUNNING = threading.local()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Keeps time limits from interrupting this thread inside of the `with` block."""
    run: _Run | None = getattr(_RUNNING, "run", None)
    if run is None:
        yield
        return
    run.allow(interrupts=False)
    try:
        yield
    finally:
        run.allow(interrupts=True)


class TimeLimit(Middleware):
    """Raises TimeLimitExceeded in an actor that runs longer than `time_limit` ms, an option of message or actor.

    It checks every `interval` ms. A long call into C is not interrupted before it returns.
    """

    def __init__(self, *, time_limit: float = DEFAULT_MS, interval: float = 1_000) -> None:
        self._time_limit = time_limit
        self._seconds = interval / 1000
        self._runs: dict[int, _Run] = {}
        self._next = threading.local()  # the limit of the message whose actor is called next

    @property
    def actor_options(self) -> set[str]:
        return {"time_limit"}

    def after_process_boot(self, broker: Broker) -> None:
        del broker
        threading.Thread(target=self._watch, name="time limits", daemon=True).start()

    def after_declare_actor(self, broker: Broker, actor: dramatiq.Actor[..., Any]) -> None:
        del broker
        actor.fn = self._limited(actor.fn, actor.options.get("time_limit", self._time_limit))

    def before_process_message(self, broker: Broker, message: Any) -> None:
        del broker
        self._next.limit = message.options.get("time_limit") or 0

    def _limited(self, function: Any, limit: float) -> Any:
        @functools.wraps(function)
        def run_limited(*args: Any, **kwargs: Any) -> Any:
            own = self._next.__dict__.pop("limit", None)
            if own is None:  # called as a plain function
                return function(*args, **kwargs)
            thread, run = threading.get_ident(), _Run(time.monotonic() + (own or limit) / 1000)
            self._runs[thread] = _RUNNING.run = run
            try:
                return function(*args, **kwargs)
            finally:
                try:
                    run.allow(interrupts=False)
                finally:
                    del self._runs[thread], _RUNNING.run

        return run_limited

    def _watch(self) -> None:
        while True:
            time.sleep(self._seconds)
            for run in list(self._runs.values()):
                run.check()
