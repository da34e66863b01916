"""The systemd units of ops/deploy, read and put where systemd's own tools look for them."""

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

UNITS = Path(__file__).parents[3] / "ops" / "deploy" / "systemd"
COMMON = UNITS / "casemail-.service.d" / "common.conf"
ROLES = ("worker", "courier", "dispatch", "lmtp", "webhook", "console", "api")
#: Where the units expect the command.
COMMAND = "/opt/casemail/bin/casemail"


def commands(unit: str) -> list[list[str]]:
    """Returns the words of each ExecStart of a unit file, without the command's path."""
    lines = (UNITS / unit).read_text().splitlines()
    found = [line.removeprefix("ExecStart=").split() for line in lines if line.startswith("ExecStart=")]
    assert all(words[0] == COMMAND for words in found)
    return [words[1:] for words in found]


def system_root(folder: Path) -> Path:
    """Makes a root with the units of this machine and ours, and a command where ours expect it; returns it."""
    shutil.copytree("/usr/lib/systemd/system", folder / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(UNITS, folder / "etc/systemd/system")
    place = folder / COMMAND.removeprefix("/")
    place.parent.mkdir(parents=True)
    shutil.copy("/bin/true", place)
    return folder


def allowed_calls() -> set[str]:
    """Returns the names of the system calls that the units allow, as systemd reads their filters in turn."""
    allowed: set[str] = set()
    for line in COMMON.read_text().splitlines():
        if line.startswith("SystemCallFilter="):
            words = line.removeprefix("SystemCallFilter=")
            calls = {call for word in words.removeprefix("~").split() for call in _calls(word)}
            allowed = allowed - calls if words.startswith("~") else allowed | calls
    return allowed


def settings_of(unit: str) -> RawConfigParser:
    """Returns the sections of a unit file."""
    parser = RawConfigParser(strict=False, delimiters="=")
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read(UNITS / unit)
    return parser


def _calls(name: str) -> set[str]:
    """Returns the system calls of a set such as @system-service, with the sets in it; of a call, itself."""
    if not name.startswith("@"):
        return {name}
    told = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    words = [line.strip() for line in told.stdout.splitlines()[1:]]
    return {call for word in words if word and not word.startswith("#") for call in _calls(word)}
