"""The steps in a release, and their figures: how soon the demo shows its table, how many tests passed."""

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from xml.etree import ElementTree

#: The line above the demo's table; see `ops.demo.show`.
TABLE = "What became of the answers"
#: Where a step's tests write their results, in the clone.
RESULTS = "build/tests-{name}.xml"


@dataclass(frozen=True)
class Step:
    """A step: its shell command, in which `{processes}` is how many pytest processes run at a time."""

    name: str
    command: str
    tests: bool = False

    def in_shell(self, processes: int, more: str = "") -> str:
        """Returns the command; `more` are further arguments for pytest."""
        if not self.tests:
            return self.command
        results = RESULTS.format(name=self.name)
        arguments = f"{self.command.format(processes=processes)} --junit-xml {results} {more}".strip()
        return f"rm -f {results}; make test ARGS={shlex.quote(arguments)}"


#: What `make demo` and `make test` run; the tests of chaos in a step of their own, so that they run in any case.
STEPS = (
    Step("demo", "make demo ARGS=--once"),
    Step("demo-again", "make demo ARGS=--once"),
    Step("tests", "--numprocesses {processes} --dist loadfile --ignore tests/chaos", tests=True),
    Step("chaos", "--numprocesses {processes} --dist loadfile tests/chaos", tests=True),
)
NAMES = tuple(step.name for step in STEPS)


@dataclass
class Outcome:
    """How a step went: its exit code, its seconds, the figure of its output, and the names of failed tests."""

    code: int
    seconds: float
    figure: str = ""
    failed: "list[str]" = field(default_factory=list)


class Stopwatch:
    """Notes when the demo's table came in the output that is read line by line. `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began = clock, clock()
        self.table = ""

    def read(self, line: str) -> None:
        """Takes the next line of the output."""
        if TABLE in line and not self.table:
            self.table = f"table after {self.passed():.0f} s"

    def passed(self) -> float:
        """Returns the seconds since the begin."""
        return self._clock() - self._began


def results(xml: Path) -> "tuple[str, list[str]]":
    """Returns how many tests passed, as text, and the names of the failed ones, from pytest's file of results.

    Without the file, pytest has not come to its end."""
    if not xml.exists():
        return "no results", []
    cases = list(ElementTree.parse(xml).iter("testcase"))  # noqa: S314  # our own pytest wrote it
    failed = [_name(case) for case in cases if any(case.find(kind) is not None for kind in ("failure", "error"))]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len({_name(case) for case in cases}) - len(set(failed)) - skipped
    words = f"{passed:,} passed, {len(set(failed))} failed" + (f", {skipped} skipped" if skipped else "")
    return words, sorted(set(failed))


def _name(case: ElementTree.Element) -> str:
    """Returns the module and name of a test: `tests.ops.test_x::test_y`."""
    return f"{case.get('classname')}::{case.get('name')}"


class Record:
    """The outcomes of a release's steps, kept in a file, so that a later run can go on. They count for one commit."""

    def __init__(self, file: Path, commit: str) -> None:
        self._file, self._commit = file, commit
        self.outcomes: dict[str, Outcome] = {}

    def load(self) -> None:
        """Takes over the outcomes of an earlier run at the same commit."""
        kept = json.loads(self._file.read_text()) if self._file.exists() else {}
        if kept.get("commit") == self._commit:
            self.outcomes = {name: Outcome(**outcome) for name, outcome in kept["outcomes"].items()}

    def note(self, step: str, outcome: Outcome) -> None:
        """Adds the outcome of a step, and writes the file."""
        self.outcomes[step] = outcome
        outcomes = {name: asdict(each) for name, each in self.outcomes.items()}
        self._file.write_text(json.dumps({"commit": self._commit, "outcomes": outcomes}, indent=1) + "\n")

    def passed(self, step: str) -> bool:
        """Returns whether the step passed."""
        return step in self.outcomes and self.outcomes[step].code == 0
