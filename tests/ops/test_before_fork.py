"""A check in a process of its own: what it raises arrives, and it ends with its parent."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from ops import before_fork
from ops.checks.start import StartError
from ops.demo.waiting import wait_until


def unfit() -> None:
    raise StartError(["the first fault", "the second fault"])


def dies() -> None:
    os._exit(7)


def test_what_the_check_raises_is_raised_here() -> None:
    with pytest.raises(StartError) as caught:
        before_fork.run(unfit)
    assert caught.value.problems == ("the first fault", "the second fault")


def test_a_check_that_finds_nothing_lets_the_command_begin() -> None:
    before_fork.run(lambda: None)


def test_a_check_that_dies_is_an_error() -> None:
    with pytest.raises(ChildProcessError, match="exit code 7"):
        before_fork.run(dies)


def test_a_check_that_still_waits_ends_with_its_parent() -> None:
    code = "from threading import Event\nfrom ops import before_fork\nbefore_fork.run(Event().wait)"
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        wait_until(lambda: bool(psutil.Process(parent.pid).children()), seconds=60, what="the check")
        (check,) = psutil.Process(parent.pid).children()
        parent.send_signal(signal.SIGTERM)
    wait_until(lambda: not check.is_running(), seconds=60, what="its end")
