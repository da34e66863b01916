"""`python -m ops.dist FOLDER`: the wheel, its lock, its bill of materials, and the SHA-256 of each."""

import hashlib
import shutil
from pathlib import Path
from typing import Annotated

import typer

from ops.dist import sbom, wheel

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"


def make(folder: Annotated[Path, typer.Argument()] = ROOT / "build" / "dist") -> None:
    """Make the files of a release from the last commit, in FOLDER, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    built = wheel.build(ROOT, folder)
    shutil.copyfile(LOCK, folder / LOCK.name)
    (folder / "casemail.cdx.json").write_text(sbom.bill_of_materials(LOCK, built))
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / "SHA256SUMS").write_text("".join(sums))
    print(f"{built.name}, its lock and its bill of materials are in {folder}")


if __name__ == "__main__":
    typer.run(make)
