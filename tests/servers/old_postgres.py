"""A real PostgreSQL of an earlier version, which the wheel of the embedded one has, too."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from ops.embedded import Postgres, wheel
from ops.embedded import postgres as embedded

_INSTALLED = wheel.INSTALLED.removesuffix("18")
_NEEDED = tuple(part.replace(wheel.INSTALLED, _INSTALLED) for part in wheel.NEEDED)
_INITDB = tuple(option for option in embedded.INITDB if "builtin" not in option)  # a provider of 17 and later


@contextmanager
def old_postgres(folder: Path) -> Iterator[Postgres]:
    """Yields a running PostgreSQL 16 with the roles and the empty database of the embedded one."""
    with tempfile.TemporaryDirectory(prefix="casemail-postgresql-16-") as copy:
        Path(copy).chmod(0o755)  # root's programs run as another user
        with (
            patch.multiple(wheel, INSTALLED=_INSTALLED, NEEDED=_NEEDED),
            patch("platformdirs.site_cache_path", lambda _: Path(copy)),
            patch.object(embedded, "INITDB", _INITDB),
            Postgres(folder) as server,
        ):
            yield server
