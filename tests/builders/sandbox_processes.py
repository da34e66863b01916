"""Finds the sandbox processes of this process."""

import time
from contextlib import suppress

import psutil

LEAST_WORK = 0.03  # seconds of CPU time


def fork_servers() -> list[psutil.Process]:
    """Returns the fork servers."""
    children = psutil.Process().children()
    return [child for child in children if "cases.sandbox.fork_server" in " ".join(child.cmdline())]


def readers() -> list[psutil.Process]:
    """Returns the processes that read mails or inspect files."""
    return [reader for server in fork_servers() for reader in server.children()]


def at_work() -> list[psutil.Process]:
    """Waits until readers are at work; returns these."""
    before = _cpu_seconds()
    while True:
        now = _cpu_seconds()
        if working := [reader for reader, used in now.items() if used > before.get(reader, 0.0) + LEAST_WORK]:
            return working
        time.sleep(0.01)


def _cpu_seconds() -> dict[psutil.Process, float]:
    used = {}
    for reader in readers():
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            used[reader] = sum(reader.cpu_times()[:2])
    return used
