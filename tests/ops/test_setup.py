"""`make setup`: which Python it chooses, and what it prints when it can't go on."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: A stand-in for Python: it prints a version, reports known faults or not, and creates no .venv.
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) echo {version} ;;
*ensurepip*) exit {without_venv} ;;
*ops/interpreter.py*) exit {faults} ;;
*) exit 7 ;;
esac
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Returns a folder with the parts of a clone that setup needs, without .venv."""
    place = tmp_path / "a clone"
    shutil.copytree(ROOT / "ops", place / "ops")
    for name in ("requirements-demo.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, place)
    return place


def setup(clone: Path, pythons: dict[str, dict[str, object]], **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs setup on a machine that has only these Pythons."""
    programs = clone / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "cksum", "rm", "mkdir", "printf"):
        (programs / name).symlink_to(shutil.which(name) or name)
    for name, values in pythons.items():
        python = programs / name
        python.write_text(PYTHON.format(**{"faults": 0, "without_venv": 0} | values))
        python.chmod(0o755)
    env = {"PATH": str(programs)} | variables
    return subprocess.run(["sh", "ops/setup.sh"], cwd=clone, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("pythons", "taken"),
    [
        ({"python3": {"version": "3.11"}, "python3.13": {"version": "3.13"}}, "3.11"),
        ({"python3": {"version": "3.11", "faults": 1}, "python3.13": {"version": "3.13"}}, "3.13"),
        ({"python3": {"version": "3.11", "faults": 1}, "python3.13": {"version": "3.13", "faults": 1}}, "3.11"),
        ({"python3": {"version": "3.10"}, "python3.14": {"version": "3.14"}}, "3.14"),
        ({"python3": {"version": "3.15"}, "python3.12": {"version": "3.12"}}, "3.12"),
        ({"python3": {"version": "3.12", "without_venv": 1}, "python3.11": {"version": "3.11"}}, "3.11"),
    ],
)
def test_the_machines_own_python_is_taken_unless_only_it_has_faults(
    pythons: dict[str, dict[str, object]], taken: str, clone: Path
) -> None:
    done = setup(clone, pythons)
    assert done.stdout == f"Making .venv with Python {taken}\n", done.stderr


@pytest.mark.parametrize(
    ("pythons", "words"),
    [
        ({"python3": {"version": "3.10"}}, "needs Python 3.11, 3.12, 3.13 or 3.14, but python3 is 3.10"),
        ({}, "python3 is not there"),
        ({"python3": {"version": "3.12", "without_venv": 1}}, "apt-get install python3.12-venv"),
    ],
)
def test_without_a_python_it_says_what_to_install(
    pythons: dict[str, dict[str, object]], words: str, clone: Path
) -> None:
    done = setup(clone, pythons)
    assert done.returncode == 1
    assert words in done.stderr


def test_a_python_that_is_named_is_taken_with_its_faults(clone: Path) -> None:
    pythons: dict[str, dict[str, object]] = {"python3": {"version": "3.13"}, "mine": {"version": "3.12", "faults": 1}}
    assert setup(clone, pythons, PYTHON="mine").stdout == "Making .venv with Python 3.12\n"


def test_when_pip_fails_its_output_is_shown_and_where_the_rest_is(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / "some.lock").write_text(f"./no_such_thing-1.0-py3-none-any.whl --hash=sha256:{'0' * 64}\n")
    command = [sys.executable, "-P", str(ROOT / "ops" / "pip_install.py"), "some.lock"]
    env = os.environ | {"PIP_NO_INDEX": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "Installing about 0 packages\n"
    assert "no_such_thing-1.0" in done.stderr
    assert str(tmp_path / ".venv" / "pip.log") in done.stderr
