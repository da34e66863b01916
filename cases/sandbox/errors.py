"""The errors of the sandbox.

SandboxError
+-- SandboxUnavailableError    no process is free or can be started right now: try again later
|   +-- NoSlotError            too many tasks of the same owner wait, or the wait took too long
+-- WorkerDiedError            the process died while it ran the task, or the task raised
+-- LimitExceededError         the task took more than its bounds allow
+-- BadAnswerError             internal: the process sent something that is not an answer
"""

from schemas.errors import CasemailError


class SandboxError(CasemailError):
    """Any error of the sandbox."""


class SandboxUnavailableError(SandboxError):
    """No process is available: it could not be started, was stopped from outside, or too many tasks wait.

    This is temporary: the caller tries again later.
    """


class NoSlotError(SandboxUnavailableError):
    """Too many tasks of the same owner wait already, or the wait took too long."""


class WorkerDiedError(SandboxError):
    """The process died while it ran the task (`exit_code` as in subprocess), or the task raised (exit code 1)."""

    def __init__(self, exit_code: int, words: str = "") -> None:
        super().__init__(words or f"the process died (exit code {exit_code})")
        self.exit_code = exit_code


class LimitExceededError(SandboxError):
    """The task took more than its bounds allow; `bound` is the field of `Bounds`, `allowed` its value."""

    def __init__(self, bound: str, allowed: float) -> None:
        super().__init__(f"it took more than {allowed} ({bound})")
        self.bound, self.allowed = bound, allowed


class BadAnswerError(SandboxError):
    """The process sent something that is not an answer."""
