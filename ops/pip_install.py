"""Installs the packages of a lock file, with a line that shows progress: `python ops/pip_install.py LOCK`.

ops/setup.sh runs it with the Python of .venv, before any package is installed. pip's output goes to .venv/pip.log and
is shown when pip fails.
"""

import subprocess
import sys
import sysconfig
from pathlib import Path

LOG = Path(".venv/pip.log")
LINES_SHOWN = 60
LOOK_EVERY = 0.2  # seconds


def main(lock: Path) -> int:
    """Installs the packages; returns pip's exit code."""
    with LOG.open("w") as log:
        pip = subprocess.Popen(
            [sys.executable, "-m", "pip", "install", "--progress-bar=off", "--require-hashes", "-r", str(lock)],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        before = _installed()
        total = lock.read_text().count("==")
        print(f"Installing about {total} packages", end="\n" if not sys.stdout.isatty() else "", flush=True)
        while (code := _ended(pip)) is None:
            _show(total, _installed() - before)
    if code:
        lines = LOG.read_text(errors="replace").splitlines()
        print(*("", *lines[-LINES_SHOWN:]), sep="\n", file=sys.stderr)
        print(f"error: pip could not install {lock}; its output is in {LOG.absolute()}", file=sys.stderr)
    elif sys.stdout.isatty():
        print(f"\r\033[KInstalled {lock}")
    return code


def _ended(pip: "subprocess.Popen[bytes]") -> int | None:
    try:
        return pip.wait(LOOK_EVERY)
    except subprocess.TimeoutExpired:
        return None


def _installed() -> int:
    return sum(1 for _ in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def _show(total: int, installed: int) -> None:
    """Shows progress in one line: pip first collects all packages, then unpacks them."""
    if not sys.stdout.isatty():
        return
    said = LOG.read_text(errors="replace")
    total -= said.count("\nIgnoring ")  # for other systems
    unpacking = "\nInstalling collected packages" in said
    done = installed if unpacking else said.count("\nCollecting ") + said.count("\nRequirement already satisfied")
    bar = "#" * (30 * min(done, total) // max(total, 1))
    print(f"\r\033[K{'Unpacking' if unpacking else 'Fetching '} packages [{bar:30}] {done}/{total}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
