"""What a check finds, and how checks are run: all of them, each bounded in time, side by side."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from threading import Thread

from ops.checks.start import first_line
from schemas.settings import Settings
from storage.resources import Resources

#: Seconds that a check may take.
SECONDS = 15.0


class Status(IntEnum):
    """How bad it is; also the exit code of the command."""

    OK = 0
    WARNING = 1
    WRONG = 2


@dataclass(frozen=True)
class Finding:
    """What a check found: a sentence, and what to do about it (empty if all is well)."""

    status: Status
    words: str
    remedy: str = ""


@dataclass(frozen=True)
class Context:
    """What the checks may use. `late_hours`: after which a mail waits too long for a person."""

    settings: Settings
    resources: Resources
    late_hours: float = 72.0


#: Returns what is found; raises any exception if it can't be told.
Check = Callable[[Context], Sequence[Finding]]


def well(words: str) -> list[Finding]:
    """Returns the only finding of a check that found nothing bad."""
    return [Finding(Status.OK, words)]


def wrong(words: str, remedy: str) -> Finding:
    """Returns a finding of something that must be mended."""
    return Finding(Status.WRONG, words, remedy)


def warning(words: str, remedy: str) -> Finding:
    """Returns a finding of something that should be looked at."""
    return Finding(Status.WARNING, words, remedy)


def run(checks: dict[str, Check], context: Context, seconds: float = SECONDS) -> dict[str, list[Finding]]:
    """Returns the findings of each check, in the order of the table. A check that fails or hangs is itself a finding.

    They run side by side, in threads that do not outlive the process, each for up to `seconds`.
    """
    found: dict[str, list[Finding]] = {}

    def work(name: str, check: Check) -> None:
        try:
            found[name] = list(check(context))
        except Exception as error:  # noqa: BLE001  # the other checks must be told
            words = first_line(getattr(error, "orig", None) or error)
            found[name] = [wrong(f"It could not be checked: {words}.", "See what is said of the servers here.")]

    threads = {name: Thread(target=work, args=(name, check), daemon=True) for name, check in checks.items()}
    for thread in threads.values():
        thread.start()
    until = time.monotonic() + seconds
    for thread in threads.values():
        thread.join(max(0.0, until - time.monotonic()))
    hung = [wrong(f"It did not answer within {seconds:g} s.", "Look for a server, a disk or a network that hangs.")]
    return {name: found.get(name, hung) for name in checks}
