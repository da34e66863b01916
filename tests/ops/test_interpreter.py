"""Known faults of Python are found and reported with advice; if nothing limits a fault's harm, casemail does not
start."""

import email.utils
import http.cookies
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from ops import interpreter
from ops.embedded import Postgres
from ops.embedded.process import free_port
from ops.interpreter import FAULTS, Fault, advice, check, known_faults, main
from schemas.settings import PREFIX
from storage.migrations import upgrade
from tests.builders.environment import GOOD
from tests.servers.own_database import made

BOUNDED = Fault("CVE-1", lambda: True, "a word stops all", "words are counted", ("3.11.3", "3.12.9", "3.99.0"))
UNBOUNDED = BOUNDED._replace(name="CVE-2", bound="")
ABSENT = BOUNDED._replace(name="CVE-3", there=lambda: False)


def test_a_fault_is_gone_where_the_change_of_its_fix_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http.cookies, "_unquote_sub", None, raising=False)
    monkeypatch.setattr(email.utils, "supports_strict_parsing", True, raising=False)
    here = {fault.name for fault in known_faults()}
    assert not here & {"CVE-2024-7592", "CVE-2023-27043"}
    monkeypatch.delattr(http.cookies, "_unquote_sub")
    monkeypatch.delattr(email.utils, "supports_strict_parsing")
    assert {fault.name for fault in known_faults()} - here == {"CVE-2024-7592", "CVE-2023-27043"}


def test_every_fault_says_what_it_does_and_from_where_it_is_fixed() -> None:
    for fault in FAULTS:
        assert fault.harm
        assert {version.rpartition(".")[0] for version in fault.fixed} >= {"3.11", "3.12", "3.13"}
        assert fault.bound, "casemail would not start"


def test_a_bounded_fault_is_a_warning_in_the_log_with_advice() -> None:
    with structlog.testing.capture_logs() as logs:
        check(structlog.get_logger(), (BOUNDED, ABSENT))
    assert [(entry["log_level"], entry["fault"], entry["bounded"]) for entry in logs] == [
        ("warning", "CVE-1", "words are counted")
    ]
    assert "make setup" in logs[0]["advice"]


def test_casemail_does_not_start_with_a_fault_that_nothing_bounds() -> None:
    with pytest.raises(SystemExit, match=r"CVE-2: a word stops all; nothing bounds that\n.*install Python"):
        check(structlog.get_logger(), (BOUNDED, UNBOUNDED))


@pytest.mark.parametrize(
    ("faults", "code", "word"),
    [((ABSENT,), 0, ""), ((BOUNDED,), interpreter.WARNED, "warning"), ((UNBOUNDED,), interpreter.REFUSED, "error")],
)
def test_the_exit_code_tells_setup_of_a_fault(
    faults: tuple[Fault, ...], code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(faults) == code
    assert capsys.readouterr().err.partition(":")[0] == word


def test_the_advice_names_the_first_version_of_this_branch_without_any_of_the_faults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "python_version_tuple", lambda: ("3", "11", "1"))
    assert "3.11.10 " in advice([BOUNDED, BOUNDED._replace(fixed=("3.11.10", "3.12.0"))])


@pytest.mark.parametrize("role", ["lmtp", "console", "webhook"])
def test_a_role_that_starts_reports_each_fault_of_its_python(role: str, postgres: Postgres, tmp_path: Path) -> None:
    # simulates a Python without a fix
    (tmp_path / "sitecustomize.py").write_text("import http.cookies as c\nvars(c).pop('_unquote_sub', None)\n")
    # a role that starts compares the database with its blob store
    with made(postgres) as database:
        upgrade(database.owner_url, database.url)
        settings = GOOD | {"DATABASE_URL": database.url, "BLOB_URL": str(tmp_path / "blobs")}
        settings |= {f"{name}_PORT": str(free_port()) for name in ("LMTP", "CONSOLE", "WEBHOOK")}
        env = {PREFIX + name: value for name, value in settings.items()} | {"PYTHONPATH": str(tmp_path)}
        command = [sys.executable, "-m", "ops", role]
        with subprocess.Popen(command, env=os.environ | env, stderr=subprocess.PIPE, text=True) as started:
            assert started.stderr is not None
            assert any('"CVE-2024-7592"' in line for line in started.stderr)
            started.terminate()
