"""Each server goes silent for longer than all deadlines: each role that uses it goes on by itself afterwards, and ends
when it is asked to meanwhile."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from ops.demo.waiting import wait_until
from ops.embedded.process import ServerProcess
from ops.hard_stop import GRACE_SECONDS
from storage.blobs.bucket import REQUEST_SECONDS, RETRY_SECONDS
from tests.chaos.bench import await_all_posted_once, take
from tests.chaos.silent_rig import ROLES, Rig, running
from workers.broker.options import ClientOptions

pytestmark = [
    pytest.mark.timeout(900),
    # the warning comes from the proxy when a connection is cut off while it is being made
    pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning"),
]
OPTIONS = ClientOptions()
#: For each server, seconds that are longer than the longest deadline of those that wait for it, and the roles that
#: say on /readyz that they lack it.
SILENCES = {
    "postgres": (20, ROLES),
    "kafka": (OPTIONS.delivery_timeout_ms / 1_000 + 10, ("worker", "courier", "dispatch")),
    "blobs": (max(REQUEST_SECONDS, RETRY_SECONDS) + 5, ROLES),
    "smtp": (15, ()),
}
#: Longest wait until all works again, in seconds, on a busy machine.
PATIENCE = 180


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with running(tmp_path_factory.mktemp("silence"), in_bucket=True) as rig:
        yield rig


def has_ended(process: ServerProcess) -> bool:
    """Returns whether the process has ended."""
    return not process.running


def noticed(rig: Rig, roles: tuple[str, ...]) -> Callable[[], bool]:
    """Returns the condition that none of the roles says that it is ready."""
    return lambda: not any(rig.ready(role) for role in roles)


@pytest.mark.parametrize("server", SILENCES)
def test_after_a_silence_longer_than_all_deadlines_each_role_works_again(rig: Rig, server: str) -> None:
    seconds, roles = SILENCES[server]
    processes, notices = rig.bench.cluster.processes, len(rig.bench.sink.mails)
    before = {role: processes[role].pid for role in ROLES}
    letters = rig.bench.letters(f"{server} silence", 6)
    proxy = getattr(rig, server)
    with proxy.fault("blackhole"):
        begun = time.monotonic()
        first = next(iter(letters.values()))
        taken = take(rig.bench, first)
        assert taken is (server in {"kafka", "smtp"})
        wait_until(noticed(rig, roles), seconds=PATIENCE, what=f"{roles} to notice")
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
    rig.bring(dict(list(letters.items())[taken:]))
    for role in ROLES:
        wait_until(partial(rig.ready, role), seconds=PATIENCE, what=f"{role} to be ready again")
    await_all_posted_once(rig.bench, letters, f"{server} silence")
    enough = notices + len(letters)
    wait_until(lambda: len(rig.bench.sink.mails) >= enough, seconds=PATIENCE, what="all notices")
    assert rig.console() == 200
    assert {role: processes[role].pid for role in ROLES} == before, "no role died of it"


def test_each_role_ends_when_asked_to_while_all_servers_are_silent(rig: Rig) -> None:
    processes = rig.bench.cluster.processes
    for letter in rig.bench.letters("end", 4).values():  # work that is under way
        take(rig.bench, letter)
    with ExitStack() as silence:
        for server in SILENCES:
            silence.enter_context(getattr(rig, server).fault("blackhole"))
        assert not take(rig.bench, next(iter(rig.bench.letters("late", 1).values())))
        for role in ROLES:
            os.kill(processes[role].pid, signal.SIGTERM)
        for role in ROLES:
            # its own deadlines end it, else its hard stop; half a minute more for a busy machine
            wait_until(partial(has_ended, processes[role]), seconds=GRACE_SECONDS + 30, what=f"{role} to end")
