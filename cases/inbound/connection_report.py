"""The report of a connection test of a mailbox."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """One step of a connection test: what was tried, whether it succeeded (None: not tried), and what was found."""

    name: str
    good: bool | None
    words: str


@dataclass(frozen=True)
class Report:
    """The results of a connection test. It contains no secrets: people send it to the admin of the mail server."""

    source: str
    at: datetime
    steps: tuple[Step, ...]

    @property
    def good(self) -> bool:
        """Whether no step failed: the mailbox can be read, and its mails treated as the source's settings say."""
        return all(step.good is not False for step in self.steps)

    def text(self) -> str:
        """Returns the report as plain text."""
        marks = {True: "ok    ", False: "FAILED", None: "-     "}
        lines = [f"{marks[step.good]} {step.name}: {step.words}" for step in self.steps]
        return "\n".join([f"Connection test of {self.source}, {self.at:%Y-%m-%d %H:%M:%S} UTC", *lines])
