"""The systemd units are valid, hardened as far as the sandbox allows, and begin commands that exist."""

import re
import subprocess
from pathlib import Path

import pytest

from cases.sandbox import confine
from ops.cli.main import Commands
from tests.ops.deploy.units import COMMON, ROLES, UNITS, allowed_calls, commands, settings_of, system_root

SERVICES = [*(f"casemail-{role}@1.service" for role in ROLES), "casemail-migrate.service"]
#: What an exposure of 1.5 of 10 is as a threshold; systemd calls up to 4 "OK". What is left: network to anywhere.
MOST_EXPOSED = 15


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return system_root(tmp_path_factory.mktemp("root"))


def test_systemd_finds_no_fault_in_the_units(root: Path) -> None:
    command = ["systemd-analyze", "verify", "--man=no", f"--root={root}", "casemail.target", *SERVICES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "casemail" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr


def test_systemd_sees_a_fault_in_a_unit(root: Path, tmp_path: Path) -> None:
    broken = system_root(tmp_path)
    unit = broken / "etc/systemd/system/casemail-lmtp@.service"
    unit.write_text(unit.read_text().replace("/opt/casemail/bin", "/nowhere"))
    command = ["systemd-analyze", "verify", "--man=no", f"--root={broken}", "casemail-lmtp@1.service"]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_exposed_as_little_as_possible(root: Path, service: str) -> None:
    options = ["--offline=true", f"--root={root}", f"--threshold={MOST_EXPOSED}", "--no-pager"]
    done = subprocess.run(
        ["systemd-analyze", "security", *options, service], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_filter_of_calls_lets_the_sandbox_confine_its_processes() -> None:
    allowed = allowed_calls()
    here = {*confine._CALLS, *confine._ON_CONDITION}
    to_confine = {"prctl", "setrlimit", "prlimit64", "landlock_create_ruleset", "landlock_restrict_self", "clone3"}
    assert here | to_confine | {"setpriority", "sched_setaffinity", "fork", "execve"} <= allowed
    assert not allowed & {"ptrace", "mount", "init_module", "bpf", "reboot"}


def test_nothing_forbids_what_the_sandbox_needs() -> None:
    common = settings_of("casemail-.service.d/common.conf")["Service"]
    assert "LimitAS" not in common  # each sandbox process sets its own
    assert "LimitNPROC" not in common
    assert common["OOMPolicy"] == "continue"


def test_each_role_has_a_unit_whose_command_exists() -> None:
    for role in ROLES:
        ((command, *_),) = commands(f"casemail-{role}@.service")
        assert command == role
        assert command in Commands.TABLE
    assert [words[0] for words in commands("casemail-migrate.service")] == ["migrate", "topics"]


def test_people_wait_for_the_console_so_it_gets_the_cpu_first() -> None:
    weights = {role: int(settings_of(f"casemail-{role}@.service")["Service"]["CPUWeight"]) for role in ROLES}
    assert max(weights, key=lambda role: weights[role]) == "console"
    assert weights["worker"] == weights["courier"] == min(weights.values())


def test_a_service_has_longer_to_stop_than_its_work_may_take() -> None:
    from ops.cli.worker import SHUTDOWN_MS  # noqa: PLC0415  # imports Dramatiq's command line

    stop = re.search(r"^TimeoutStopSec=(\d+)$", COMMON.read_text(), re.MULTILINE)
    assert stop is not None
    assert int(stop[1]) * 1000 > SHUTDOWN_MS


def test_only_the_service_that_migrates_knows_the_owner() -> None:
    files = {path.name for path in UNITS.rglob("*") if path.is_file() and "owner.env" in path.read_text()}
    assert files == {"casemail-migrate.service"}
