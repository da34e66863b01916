"""A process that hangs when it is asked to stop is ended, and its log says where it hung."""

import re
import subprocess
import sys
from pathlib import Path

from ops.cli.worker import SHUTDOWN_MS
from ops.hard_stop import GRACE_SECONDS

DEPLOY = Path(__file__).parents[2] / "ops" / "deploy"
#: What each kind of deployment gives a role before it kills it.
PATIENCE = {
    "systemd/casemail-.service.d/common.conf": r"^TimeoutStopSec=(\d+)$",
    "compose.yaml": r"stop_grace_period: (\d+)s",
    "helm/casemail/templates/roles.yaml": r"terminationGracePeriodSeconds: (\d+)",
}


def stopped(code: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code, `arm` of the hard stop is imported, to its end."""
    code = f"from threading import Event, Thread\nfrom ops.hard_stop import arm\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)


def test_a_process_that_hangs_is_ended_and_says_where() -> None:
    ended = stopped("def hangs():\n    Event().wait()\narm(0.5)\nhangs()")
    assert ended.returncode == 1
    assert "in hangs" in ended.stderr


def test_a_thread_that_never_ends_does_not_keep_a_process() -> None:
    ended = stopped("arm(0.5)\nThread(target=Event().wait).start()")
    assert ended.returncode == 1


def test_a_second_signal_gives_no_more_time() -> None:
    assert stopped("arm(0.5)\narm(10_000)\nEvent().wait()").returncode == 1


def test_a_process_that_ends_by_itself_ends_well() -> None:
    ended = stopped("arm(10_000)")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_work_has_time_to_end_before_it_and_no_service_manager_kills_earlier() -> None:
    assert SHUTDOWN_MS < 1_000 * GRACE_SECONDS
    for file, pattern in PATIENCE.items():
        found = re.search(pattern, (DEPLOY / file).read_text(), re.MULTILINE)
        assert found is not None, file
        assert int(found[1]) > GRACE_SECONDS, file
