"""The limits of one task in the sandbox."""

from dataclasses import dataclass

from cases.sandbox.errors import LimitExceededError


@dataclass(frozen=True)
class Bounds:
    """The limits of one task: `seconds` on the clock, `cpu` in seconds of CPU time, `memory` in bytes of address space.

    `owner` says for whom the task runs, such as a tenant's id: owners take turns, and a process works for one owner
    only. A `heavy` task gets a new process, and only the CPU time that nothing else wants. A `bulky` task, such as
    reading a mail of many megabytes, gets less CPU time than other tasks while it is scarce.
    """

    seconds: float
    cpu: float
    memory: int
    owner: str = ""
    heavy: bool = False
    bulky: bool = False

    def exceeded(self, bound: str) -> LimitExceededError:
        """Returns the error for the bound of this name."""
        return LimitExceededError(bound, getattr(self, bound))
