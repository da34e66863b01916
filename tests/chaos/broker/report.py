"""The report of a long run, in Markdown."""

import os
import platform
from pathlib import Path

import psutil

from tests.chaos.broker.verdict import Verdict


def report(seed: int, verdicts: list[Verdict], folder: Path) -> str:
    """Returns the report on the rounds of a run; `folder` has the files of the failed rounds."""
    memory = psutil.virtual_memory().total / 2**30
    failed = sum(bool(verdict.problems) for verdict in verdicts)
    lines = [
        "# Chaos report of the broker",
        "",
        f"Seed {seed}; {os.cpu_count()} cores, {memory:.0f} GiB, {platform.platform()}.",
        f"{len(verdicts)} rounds, {failed} failed.",
    ]
    for number, verdict in enumerate(verdicts, 1):
        lines += ["", f"## Round {number}: {'failed' if verdict.problems else 'passed'}", ""]
        lines += ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in _figures(verdict).items())]
        if verdict.problems:
            lines += ["", *(f"* {problem}" for problem in verdict.problems), f"* files: `{folder / f'round-{number}'}`"]
    return "\n".join(lines) + "\n"


def _figures(verdict: Verdict) -> dict[str, object]:
    tally = verdict.tally
    return {
        "messages acknowledged": verdict.acknowledged,
        "worked": verdict.worked,
        "lost": len(verdict.lost),
        "stuck": verdict.stuck,
        "dead letters expected / found": f"{verdict.expected} / {verdict.expected - len(verdict.missing)}",
        "dead letters that are wrong": len(verdict.wrong),
        "healthy messages taken for deadly": len(verdict.poisoned),
        "worker processes killed": tally.kills,
        "worker processes frozen": tally.frozen,
        **{f"fault: {kind}": count for kind, count in sorted(tally.faults.items())},
        "extra runs / bound": f"{verdict.extra} / {verdict.bound}",
        "committed offsets that went back": len(verdict.went_back),
        "longest gap without progress": f"{verdict.longest_gap:.1f} s",
        "settled after the last fault and message": f"{verdict.settled_after:.1f} s",
        "seconds": f"{verdict.seconds:.0f}",
    }
