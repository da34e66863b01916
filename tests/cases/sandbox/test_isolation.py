"""Code that takes over a sandbox process finds nothing there, and can return only plain data."""

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cases.files.inspection.inspect import inspect
from cases.sandbox import confine, isolation
from cases.sandbox.errors import WorkerDiedError
from cases.sandbox.isolation import Bounds
from ops import startup
from schemas.settings import SettingsError
from tests.builders import hostile_work
from tests.builders.active_files import ACTIVE
from tests.builders.files import GOOD
from tests.builders.sandbox_processes import readers
from tests.builders.small_mails import custody
from tests.builders.world import make_settings
from tests.mails.generate import corpus
from workers.parse.limits import DEFAULT
from workers.parse.read import read_mail

LOWEST = 19  # the lowest priority there is, setpriority(2)
BOUNDS = Bounds(seconds=200, cpu=10, memory=2_000_000_000, owner="t")


def test_the_result_of_a_task_comes_back() -> None:
    assert isolation.run(BOUNDS, hostile_work.words, "yes") == "YES"


def test_nothing_can_be_reached_from_the_process() -> None:
    assert isolation.missing_protections() == [], "this kernel has all protections"
    reached = {
        name: what for name, what in isolation.run(BOUNDS, hostile_work.acts).items() if not what.startswith("refused")
    }
    assert reached == {}
    assert not hostile_work.TRACE.exists()


def test_the_same_acts_succeed_outside() -> None:
    # shows that the acts in the test above fail because of the sandbox
    for name in ("read a file", "list a folder", "look at a file", "open a socket", "see whether another lives"):
        assert hostile_work.attempt(hostile_work.ACTS[name]).startswith("done"), name


def test_no_secret_is_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CASEMAIL_DATABASE_URL", "CASEMAIL_SECRET_KEYS", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HOME"):
        monkeypatch.setenv(name, "secret")
    isolation.set_process_count(0)
    assert set(isolation.run(BOUNDS, hostile_work.environment)) <= {
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "LD_LIBRARY_PATH",
    }
    (reader,) = readers()
    assert "secret" not in str(reader.parent().environ())  # type: ignore[union-attr]


def test_it_has_one_descriptor_of_ours_and_no_folder() -> None:
    with hostile_work.PASSWORDS.open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        isolation.set_process_count(0)
        assert isolation.run(BOUNDS, hostile_work.descriptors) == [0, 1, 2, 3]
    assert "done" not in isolation.run(BOUNDS, hostile_work.folder)


def test_threads_are_confined_too() -> None:
    assert isolation.run(BOUNDS, hostile_work.thread) == "began refused: 1"


def test_the_kernel_says_that_it_is_confined() -> None:
    isolation.run(BOUNDS, hostile_work.words, "yes")
    (reader,) = [process for process in readers() if process.is_running()][-1:]
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{reader.pid}/status").read_text().splitlines() if ":\t" in line
    )
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize(
    "task", [hostile_work.pickled, hostile_work.forged, hostile_work.endless, hostile_work.failing]
)
def test_an_answer_that_is_not_plain_data_is_refused(task: Callable[[], int]) -> None:
    with pytest.raises(WorkerDiedError):
        isolation.run(BOUNDS, task)
    assert not hostile_work.TRACE.exists()
    assert isolation.run(BOUNDS, hostile_work.words, "yes") == "YES"


def test_a_process_works_for_one_tenant_alone() -> None:
    first = Bounds(20, 10, 2_000_000_000, owner="a")
    second = Bounds(20, 10, 2_000_000_000, owner="b")
    of_first, of_second = isolation.run(first, hostile_work.number), isolation.run(second, hostile_work.number)
    assert of_first != of_second
    assert isolation.run(first, hostile_work.number) == of_first
    assert isolation.run(second, hostile_work.number) == of_second


def test_a_heavy_task_has_its_own_process_which_ends_with_it() -> None:
    heavy = Bounds(20, 10, 2_000_000_000, owner="a", heavy=True)
    pids = {isolation.run(heavy, hostile_work.number), isolation.run(heavy, hostile_work.number)}
    assert len(pids) == 2
    assert pids.isdisjoint(reader.pid for reader in readers())


def test_a_bulky_task_has_a_low_priority_and_an_ordinary_task_has_not() -> None:
    bulky = Bounds(20, 10, 2_000_000_000, owner="a", bulky=True)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    lower = os.getpriority(os.PRIO_PROCESS, isolation.run(bulky, hostile_work.number))
    assert lower > ours or lower == ours == LOWEST
    assert os.getpriority(os.PRIO_PROCESS, isolation.run(BOUNDS, hostile_work.number)) == ours


@pytest.mark.parametrize("without", ["_seccomp", "_landlock"])
def test_either_protection_alone_denies_files_and_network(without: str) -> None:
    """Runs with one protection, as on a kernel that lacks the other."""
    there, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        setattr(confine, without, lambda: None)
        confine.confine()
        kept = ["read a file", "write a file", "list a folder", "connect"]
        os.write(
            ours,
            repr(
                [name for name in kept if not hostile_work.attempt(hostile_work.ACTS[name]).startswith("refused")]
            ).encode(),
        )
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(there, 1000) == b"[]"
    os.close(there)
    os.close(ours)


def test_missing_protections_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine, "_landlock_version", lambda: -1)
    assert confine.missing_protections() == ["Landlock"]
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert confine.missing_protections() == ["seccomp", "Landlock"]


def test_every_file_and_mail_is_read_with_modules_that_were_loaded_before() -> None:
    """A module that was not loaded beforehand is missing in the sandbox, so a harmless file would be left out."""
    isolation.set_process_count(0)
    for name, content in [*GOOD.items(), *((name, content) for _, name, content in ACTIVE.values())]:
        kind = name.rpartition(".")[2]
        assert isolation.run(BOUNDS, inspect, content, kind) == inspect(content, kind), name
    for answer in corpus()[::7]:
        raw = answer.message()
        assert isolation.run(BOUNDS, read_mail, raw, custody(), DEFAULT) == read_mail(raw, custody(), DEFAULT)
    assert isolation.missing_modules() == frozenset()
    assert "cases.files.inspection.inspect" in sys.modules


def test_a_process_logs_missing_protections_at_start_and_does_not_start_if_they_are_required(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(confine, "_landlock_version", lambda: -1)
    settings = make_settings("postgresql://nobody@127.0.0.1:1/none", tmp_path)
    with capture_logs() as log:
        startup.confine(settings)
    assert [line["lacking"] for line in log] == ["Landlock"]
    with pytest.raises(SettingsError, match=r"SANDBOX_REQUIRED is set.*lacks Landlock"):
        startup.confine(settings.replace(sandbox_required=True))
