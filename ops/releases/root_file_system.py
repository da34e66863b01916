"""A bare Debian release in a folder: made by debootstrap, and entered in its own mount and PID namespaces.

All mounts and processes of a command end with it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

STABLE = ("bookworm", "trixie")  # security updates of these come from a separate archive
BARE = "ca-certificates,git,make,mount,python3,python3-venv"
SCRIPTS = Path("/usr/share/debootstrap/scripts")
CLONE = "root/case mail"  # in root's home, which only root may enter
FINISHED = "etc/casemail-release"  # marks a root file system that is complete
#: The parts of apt's configuration and of the environment that say how to reach packages.
APT_OPTIONS = re.compile(r"^Acquire::(https?::|Retries|Check-|ForceIPv)")
VARIABLES = re.compile(r"^(PIP_.*|UV_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|\w+_(proxy|PROXY)|TERM|CI)$")
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
OWN = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}

INSIDE = """
set -eu
cd "$1"
mount --make-rprivate /
mount --bind . .
cd "$1"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount --rbind /dev dev
pivot_root . mnt
cd /
umount --lazy /mnt
mount -t tmpfs tmpfs /tmp
chmod 1777 /tmp
cd "/$2"
umask 077
eval "$3"
"""


class ReleaseError(Exception):
    """A release could not be made; the text says why."""


def is_there(root: Path) -> bool:
    """Returns whether a whole release was made in `root`."""
    return (root / FINISHED).exists()


def make(release: str, root: Path, log: "IO[bytes]") -> None:
    """Makes a bare `release` in the new folder `root`; it gets its packages as this machine does.

    debootstrap's output goes to `log`. Raises ReleaseError, and `CalledProcessError` when debootstrap fails."""
    mirror, security = _place_of("Debian"), _place_of("Debian-Security")
    if mirror is None:
        raise ReleaseError("apt of this machine knows no archive of Debian; run apt-get update, or look at its sources")
    root.mkdir(mode=0o755, parents=True)
    root.chmod(0o755)
    script = [] if (SCRIPTS / release).exists() else [str(SCRIPTS / "sid")]  # a release later than this debootstrap
    command = ["debootstrap", "--variant=minbase", f"--include={BARE}", release, str(root), mirror, *script]
    subprocess.run(command, stdout=log, stderr=log, check=True)
    sources = [f"deb {mirror} {release} main"]
    if security and release in STABLE:
        sources.append(f"deb {security} {release}-security main")
    (root / "etc/apt/sources.list").write_text("\n".join(sources) + "\n")
    options = [line for line in _output("apt-config", "dump").splitlines() if APT_OPTIONS.match(line)]
    (root / "etc/apt/apt.conf.d/90machine").write_text("\n".join(options) + "\n")
    for name in ("etc/apt/auth.conf.d", "usr/local/share/ca-certificates"):
        shutil.copytree(Path("/", name), root / name, dirs_exist_ok=True) if Path("/", name).is_dir() else None
    for name in ("etc/pip.conf", CERTIFICATES, "root/.pip/pip.conf", "root/.config/pip/pip.conf"):
        if Path("/", name).exists():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path("/", name), root / name)
    (root / "root").chmod(0o700)
    (root / FINISHED).write_text(f"{release}\n")


def clone(root: Path, commit: str) -> None:
    """Puts this commit of the repository in the working folder into the release. What other commits left stays there
    if git ignores it, such as `.venv`."""
    place = root / CLONE
    if not place.exists():
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ".", str(place)], umask=0o077, check=True)
    git = ["git", "-C", str(place)]
    subprocess.run([*git, "fetch", "--quiet", str(Path.cwd()), commit], umask=0o077, check=True)
    subprocess.run([*git, "checkout", "--quiet", "--force", "--detach", commit], umask=0o077, check=True)


@contextmanager
def running(root: Path, commands: str) -> "Iterator[subprocess.Popen[str]]":
    """Runs shell `commands` in the clone as the release's root. Its output, with errors, is in `stdout`. They are
    killed at the end."""
    kept = {name: value for name, value in os.environ.items() if VARIABLES.match(name)}
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    inside = [*namespaces, "sh", "-c", INSIDE, "sh", str(root), CLONE, commands]
    with subprocess.Popen(
        inside,
        env=kept | OWN,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def remove(root: Path) -> None:
    """Removes the release."""
    if root.exists():
        shutil.rmtree(root)


def _place_of(label: str) -> "str | None":
    """Returns where apt of this machine finds the archive with this Debian label, None if nowhere."""
    wanted = "--format=$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    for line in _output("apt-get", "indextargets", wanted).splitlines():
        origin, found, uri = line.split("|")
        if (origin, found) == ("Debian", label):
            return uri
    return None


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
