"""Runs demo and tests on bare Debian releases: `make test-releases`; `ARGS` names releases, or `ARGS=--help`.

For each release debootstrap(8) makes a root file system. The commits of this clone are cloned into root's home there,
in a folder with a space in its name, under a umask of 077; there `make demo ARGS=--once` and `make test` run. Packages
come from where this machine gets them: its configuration of apt and pip, its proxies and certificates are used. Needs
root, debootstrap and git. Runs with the machine's python3, without packages.

The release runs in its own mount and PID namespaces: all its mounts and processes end with it.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RELEASES = ("bookworm", "trixie", "forky")
STABLE = ("bookworm", "trixie")  # security updates of these come from a separate archive
BARE = "ca-certificates,git,make,mount,python3,python3-venv"
SCRIPTS = Path("/usr/share/debootstrap/scripts")
CLONE = "root/case mail"  # in root's home, which only root may enter
#: The parts of apt's configuration and of the environment that say how to reach packages.
APT_OPTIONS = re.compile(r"^Acquire::(https?::|Retries|Check-|ForceIPv)")
VARIABLES = re.compile(r"^(PIP_.*|UV_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|\w+_(proxy|PROXY)|TERM|CI)$")
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"

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


def main() -> int:
    """Runs the releases asked for; returns 0 if all passed."""
    asked = _arguments()
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        print("error: this needs root, and debootstrap: apt-get install debootstrap", file=sys.stderr)
        return 2
    failed = [release for release in asked.releases if not _passes(release, asked)]
    print(f"Failed: {', '.join(failed)}" if failed else f"All passed: {', '.join(asked.releases)}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make test-releases ARGS=")
    parser.add_argument("releases", nargs="*", default=RELEASES, help=f"of {', '.join(RELEASES)}; default: all")
    parser.add_argument("--tests", default="", help="what pytest gets in `make test`, instead of all tests")
    parser.add_argument("--run", help="another command to run there instead of both")
    parser.add_argument("--keep", action="store_true", help="leave the root file systems there")
    return parser.parse_args()


def _passes(release: str, asked: argparse.Namespace) -> bool:
    tests = f"make test ARGS={shlex.quote(asked.tests)}" if asked.tests else "make test"
    commands = asked.run or f"make demo ARGS=--once && {tests}"
    root = Path(tempfile.mkdtemp(prefix=f"casemail-{release}-", dir="/var/tmp"))
    root.chmod(0o755)
    started = time.monotonic()
    try:
        _make(release, root)
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ".", str(root / CLONE)], umask=0o077, check=True)
        print(f"{release}: a bare system stands in {root}; there: {commands}", flush=True)
        code = _inside(root, commands)
    except subprocess.CalledProcessError as error:
        print(f"{release}: {error}", file=sys.stderr)
        code = 1
    finally:
        if not asked.keep:
            shutil.rmtree(root)
    print(
        f"{release}: {'passed' if code == 0 else f'failed ({code})'} after {time.monotonic() - started:.0f} s",
        flush=True,
    )
    return code == 0


def _make(release: str, root: Path) -> None:
    """Makes a bare `release` in `root` that gets its packages as this machine does."""
    mirror, security = _place_of("Debian"), _place_of("Debian-Security")
    if mirror is None:
        raise SystemExit(
            "error: apt of this machine knows no archive of Debian; run apt-get update, or look at its sources"
        )
    script = [] if (SCRIPTS / release).exists() else [str(SCRIPTS / "sid")]  # a release later than this debootstrap
    command = ["debootstrap", "--variant=minbase", f"--include={BARE}", release, str(root), mirror, *script]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
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


def _inside(root: Path, commands: str) -> int:
    """Runs shell `commands` in the clone as the release's root; returns their exit code."""
    kept = {name: value for name, value in os.environ.items() if VARIABLES.match(name)}
    own = {"HOME": "/root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    inside = [*namespaces, "sh", "-c", INSIDE, "sh", str(root), CLONE, commands]
    return subprocess.run(inside, env=kept | own, check=False).returncode


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


if __name__ == "__main__":
    sys.exit(main())
