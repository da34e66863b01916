"""The migrations as Alembic knows them: their configuration, and their order."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory


def config(url: str = "") -> Config:
    """Returns Alembic's configuration for the database at `url`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = url
    return made


@cache
def known() -> dict[str, str]:
    """Returns what each migration does, by revision, the oldest first."""
    scripts = ScriptDirectory.from_config(config()).walk_revisions()
    return {each.revision: each.doc.partition("\n")[0] for each in reversed(list(scripts))}


def newest() -> str:
    """Returns the revision of a schema with all migrations."""
    return list(known())[-1]


def after(revision: str | None) -> dict[str, str]:
    """Returns the migrations that a schema of this revision lacks, as `known` does. Raises KeyError for an unknown one.

    None is a database without a schema.
    """
    if revision is None:
        return known()
    found = list(known().items())
    places = list(known())
    if revision not in places:
        raise KeyError(revision)
    return dict(found[places.index(revision) + 1 :])
