"""Makes the releases that are asked for, runs the steps in each, and prints their figures."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from ops.releases import root_file_system
from ops.releases.steps import NAMES, RESULTS, STEPS, Outcome, Record, Step, Stopwatch, results

RELEASES = ("bookworm", "trixie", "forky")
FOLDER = Path("/var/tmp/casemail-releases")  # noqa: S108  # only root writes there; it is the only user here
LINES_SHOWN = 40


def main() -> int:
    """Runs the releases asked for; returns 0 if all steps passed, 1 if one failed, 2 if nothing can run."""
    asked = _arguments()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("error: this needs root, and debootstrap: apt-get install debootstrap", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what runs in a release is to end with this process
    asked.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    steps, records = _steps(asked), {}
    for release in asked.releases:
        record = records[release] = Record(asked.folder / f"{release}.json", commit)
        try:
            _run(release, record, steps, commit, asked)
        except (subprocess.CalledProcessError, root_file_system.ReleaseError) as error:
            _say(release, f"could not be made: {error}; see {_log(asked.folder, release, 'debootstrap')}")
    print("", *_table(records, steps), sep="\n")
    return 0 if all(record.passed(step.name) for record in records.values() for step in steps) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make test-releases ARGS=")
    parser.add_argument("releases", nargs="*", default=RELEASES, help=f"of {', '.join(RELEASES)}; default: all")
    parser.add_argument("--steps", nargs="+", choices=NAMES, default=NAMES, help="default: all")
    parser.add_argument("--processes", type=int, default=4, help="of pytest at a time; default: 4")
    parser.add_argument("--tests", default="", help="more arguments for pytest, such as -k words")
    parser.add_argument("--run", help="another command to run there instead of the steps; all its output is shown")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on in the root file systems of earlier runs, after the steps that passed",
    )
    parser.add_argument("--keep", action="store_true", help="leave the root file systems there, also when all passed")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"for file systems and logs; default: {FOLDER}")
    asked = parser.parse_args()
    if unknown := set(asked.releases) - set(RELEASES):
        parser.error(f"no release: {', '.join(sorted(unknown))}; there are {', '.join(RELEASES)}")
    return asked


def _steps(asked: argparse.Namespace) -> list[Step]:
    return [Step("run", asked.run)] if asked.run else [step for step in STEPS if step.name in asked.steps]


def _run(release: str, record: Record, steps: list[Step], commit: str, asked: argparse.Namespace) -> None:
    """Runs the steps that have not passed yet; a later step runs even if an earlier one failed."""
    root = asked.folder / release
    if not (asked.resume and root_file_system.is_there(root)):
        root_file_system.remove(root)
        _say(release, f"making a bare system in {root}")
        with _log(asked.folder, release, "debootstrap").open("wb") as log:
            root_file_system.make(release, root, log)
    root_file_system.clone(root, commit)
    if asked.resume:
        record.load()
    for step in steps:
        if asked.run or not record.passed(step.name):
            record.note(step.name, _outcome(release, step, asked))
    if all(record.passed(step.name) for step in steps) and not asked.keep:
        root_file_system.remove(root)


def _outcome(release: str, step: Step, asked: argparse.Namespace) -> Outcome:
    """Runs a step; its output goes to a file, and its last lines also to the terminal if it fails."""
    file, root = _log(asked.folder, release, step.name), asked.folder / release
    command = step.in_shell(asked.processes, asked.tests)
    _say(release, f"{step.name}: {command}\n    its output goes to {file}")
    watch, last = Stopwatch(time.monotonic), list[str]()
    with file.open("w", encoding="utf-8") as log, root_file_system.running(root, command) as process:
        assert process.stdout is not None
        for line in process.stdout:
            watch.read(line)
            if asked.run:
                print(line, end="", flush=True)
            log.write(line)
            log.flush()
            last = [*last, line][-LINES_SHOWN:]
        code = process.wait()
    outcome = Outcome(code, round(watch.passed()), watch.table)
    if step.tests:
        outcome.figure, outcome.failed = results(root / root_file_system.CLONE / RESULTS.format(name=step.name))
    if code and not asked.run:
        print("".join(last), *outcome.failed, sep="\n")
    verdict = "passed" if code == 0 else f"failed ({code})"
    _say(release, f"{step.name}: {verdict} after {outcome.seconds} s; {outcome.figure or 'no figure'}")
    return outcome


def _table(records: dict[str, Record], steps: list[Step]) -> list[str]:
    """Returns a line for each step of each release."""
    lines = []
    for release, record in records.items():
        for step in steps:
            outcome = record.outcomes.get(step.name)
            verdict = "not run" if outcome is None else "passed" if outcome.code == 0 else f"failed ({outcome.code})"
            figures = f"{outcome.seconds:6} s  {outcome.figure}" if outcome else ""
            lines.append(f"{release:9} {step.name:11} {verdict:11} {figures}".rstrip())
    return lines


def _log(folder: Path, release: str, step: str) -> Path:
    return folder / f"{release}-{step}.log"


def _say(release: str, words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {release}: {words}", flush=True)
