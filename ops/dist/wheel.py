"""Builds the wheel of the last commit: the same commit gives the same bytes."""

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path


def build(root: Path, folder: Path) -> Path:
    """Builds the wheel of the last commit of the repository at `root` in `folder`; returns its path.

    What is not committed does not count, nor do the umask, the time and the folder. Files get the time of the commit
    (SOURCE_DATE_EPOCH, reproducible-builds.org). Raises `subprocess.CalledProcessError`.
    """
    time = _output("git", "-C", str(root), "log", "-1", "--format=%ct").strip()
    with tempfile.TemporaryDirectory(prefix="casemail-wheel-") as place:
        archive = Path(place) / "source.tar"
        subprocess.run(["git", "-C", root, "archive", f"--output={archive}", "HEAD"], check=True)
        source, made = Path(place) / "source", Path(place) / "made"
        with tarfile.open(archive) as packed:
            packed.extractall(source, filter=_with_plain_modes)
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"]
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", *options, f"--wheel-dir={made}", str(source)],
            env=os.environ | {"SOURCE_DATE_EPOCH": time},
            umask=0o022,
            check=True,
        )
        (wheel,) = made.iterdir()
        target = folder / wheel.name
        target.write_bytes(wheel.read_bytes())
    return target


def _with_plain_modes(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    safe = tarfile.data_filter(member, path)
    return safe.replace(mode=0o755 if safe.isdir() or (member.mode & 0o100) else 0o644)


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
