"""The jars of Apache Kafka, downloaded from the Maven repository to the user's cache.

`jars.lock` names every jar by its Maven coordinate and the SHA-256 of its content. A jar that differs is never used.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from ops.embedded.errors import EmbeddedServerError, needs_extra

KAFKA = ("org.apache.kafka:kafka_2.13:4.3.0", "org.slf4j:slf4j-simple:1.7.36")
LOCK_FILE = Path(__file__).with_name("jars.lock")
DOWNLOADS_AT_ONCE = 4
SECONDS_WITHOUT_A_BYTE = 60


class Jar(NamedTuple):
    """A line of the lock: `coordinate` is group:artifact:version, `sha256` in hex."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def cache_folder() -> Path:
    """Returns the folder for downloads: CASEMAIL_CACHE_DIR, or the user's cache folder."""
    return Path(os.environ.get("CASEMAIL_CACHE_DIR") or platformdirs.user_cache_path("casemail"))


def jar_path(jar: Jar) -> Path:
    return cache_folder() / "jars" / jar.file_name


def locked_jars() -> list[Jar]:
    """Returns the jars of the lock file, in its order."""
    return [Jar(*line.split()) for line in LOCK_FILE.read_text().splitlines()]


def missing_jars() -> list[Jar]:
    """Returns the locked jars that are not in the cache. Raises EmbeddedServerError for a jar with other content."""
    return [jar for jar in locked_jars() if not _is_there(jar)]


def download(jars: Sequence[Jar], done: Callable[[Jar], None]) -> None:
    """Fetches `jars` into the cache, each in one step: complete and checked, or not at all. Calls `done` after each.

    Raises EmbeddedServerError when the repository can't be reached or serves other content than the locked content.
    """
    folder = cache_folder() / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="download-", dir=cache_folder()) as staging:
        maven = _maven(Path(staging))

        def fetch(jar: Jar) -> None:
            try:
                fetched = _artifact(maven, jar.coordinate).resolve()
            except Exception as error:
                raise EmbeddedServerError(
                    f"could not download {jar.coordinate}: {error}. Check the network and run the same command again; "
                    "what is already there is kept."
                ) from error
            _check(fetched, jar, f"The Maven repository served other content than {LOCK_FILE.name} names: try later.")
            fetched.replace(folder / jar.file_name)
            done(jar)

        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            for _ in pool.map(fetch, jars):
                pass


def lock() -> list[Jar]:
    """Resolves KAFKA again, downloads all its jars and writes the lock file. Returns the jars in it."""
    with tempfile.TemporaryDirectory(prefix="casemail-lock-") as staging:
        maven = _maven(Path(staging))
        wanted = _resolve(maven, KAFKA)
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            jars = list(pool.map(lambda name: Jar(name, _sha256(_artifact(maven, name).resolve())), wanted))
    fresh = LOCK_FILE.with_suffix(".new")
    fresh.write_text("".join(f"{jar.coordinate} {jar.sha256}\n" for jar in jars))
    fresh.replace(LOCK_FILE)
    return jars


def fetch(coordinate: str, folder: Path) -> Path:
    """Downloads one jar into `folder`, without a check, and returns its path. Raises EmbeddedServerError."""
    return Path(_artifact(_maven(folder), coordinate).resolve())


def _is_there(jar: Jar) -> bool:
    file = jar_path(jar)
    if not file.exists():
        return False
    _check(file, jar, "Delete that file and run `python -m ops.embedded install`.")
    return True


def _check(file: Path, jar: Jar, advice: str) -> None:
    if (found := _sha256(file)) != jar.sha256:
        raise EmbeddedServerError(f"{file} has SHA-256 {found}, but {jar.sha256} is locked. It is not used. {advice}")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _maven(repository: Path) -> Any:
    """Returns jgo's Maven client, in pure Python, which keeps what it fetches in `repository`."""
    try:
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415  # an optional package
    except ImportError:
        raise needs_extra("Kafka", "CASEMAIL_KAFKA_SERVERS") from None
    return MavenContext(resolver=PythonResolver(), repo_cache=repository, timeout=SECONDS_WITHOUT_A_BYTE)


def _artifact(maven: Any, coordinate: str) -> Any:
    group, artifact, version = coordinate.split(":")
    return maven.project(group, artifact).at_version(version).artifact()


def _resolve(maven: Any, coordinates: Sequence[str]) -> list[str]:
    wanted = [maven.create_dependency(coordinate) for coordinate in coordinates]
    inputs, others = maven.resolver.resolve(wanted, transitive=True)
    return sorted(f"{found.groupId}:{found.artifactId}:{found.version}" for found in [*inputs, *others])
