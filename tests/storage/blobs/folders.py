"""A tenant, a batch, and the files in a folder, for the tests of the blob store."""

from pathlib import Path
from uuid import uuid4

TENANT = uuid4()
BATCH = uuid4()


def files_in(root: Path) -> list[Path]:
    """Returns all files in a folder and its subfolders."""
    return [path for path in root.rglob("*") if path.is_file()]
