"""Runs a check in a process of its own, for a command that forks afterwards.

No client may exist before a fork: that of an object store has threads. A forked process lacks them, and would wait for
them for ever.
"""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.connection import Connection
from threading import Thread


def run(check: Callable[[], None]) -> None:
    """Runs the check in a child, which ends with this process. Raises what the check raises."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_work, args=(check, sender))
    child.start()
    sender.close()
    try:
        error = receiver.recv()
    except EOFError:
        child.join()
        raise ChildProcessError(f"the check before the start ended with exit code {child.exitcode}") from None
    child.join()
    if error is not None:
        raise error


def _work(check: Callable[[], None], sender: "Connection[BaseException | None, object]") -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        check()
    except Exception as error:  # noqa: BLE001  # the parent raises it
        sender.send(error)
    else:
        sender.send(None)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
