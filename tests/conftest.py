"""Fixtures for all tests: real servers, each started once, when the first test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from ops.embedded import Kafka, Postgres
from ops.embedded import postgres as server_settings
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database
from storage.migrations import upgrade
from storage.resources import Resources
from tests.builders.conservation import wrong_counts
from tests.builders.mail_transitions import check_transitions
from tests.builders.world import World, make_settings, make_world
from tests.servers.authorization_server import AuthorizationServer
from tests.servers.clamav import ClamAV
from tests.servers.dovecot import Dovecot
from tests.servers.own_database import made
from tests.servers.secure_kafka import SecureKafka

# Processes are killed here, but no power fails: what a process has written survives it without fsync. The disk of a
# busy machine can take longer for one fsync than any statement may take.
server_settings.SETTINGS["fsync"] = "off"

# a busy machine may take long for an example, and nothing is wrong with the test
hypothesis_settings.register_profile("casemail", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("casemail")


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Yields a running Kafka. Use your own names for topics and groups; leave it running."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def secure_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    """Yields a running Kafka with TLS and passwords, for the few tests that need these."""
    with SecureKafka(tmp_path_factory.mktemp("secure-kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Yields a running PostgreSQL with an empty database `casemail`; leave it running."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> Postgres:
    """Returns the PostgreSQL with the newest schema. Create your own tenants in it (`tests.builders.world`)."""
    upgrade(postgres.owner_url, postgres.url)
    check_transitions(postgres.owner_url)
    return postgres


@pytest.fixture(scope="session")
def database(migrated: Postgres) -> Iterator[Database]:
    """Yields the database as the app's processes see it, with row-level security on.

    Whatever the tests of a process did with mails, the counts of the mails must be right in the end.
    """
    opened = Database(migrated.url)
    yield opened
    assert wrong_counts(opened) == []
    opened.close()


@pytest.fixture(scope="session")
def clamav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClamAV]:
    """Yields a running clamd; leave it running."""
    with ClamAV(tmp_path_factory.mktemp("clamav")) as server:
        yield server


@pytest.fixture
def world(migrated: Postgres) -> World:
    """Returns a new tenant for the test, with people and a case."""
    return make_world(migrated.owner_url)


@pytest.fixture
def settings(migrated: Postgres, tmp_path: Path) -> Settings:
    """Returns the settings of a process on the test servers; Kafka's address is not used."""
    return make_settings(migrated.url, tmp_path)


@pytest.fixture
def own_database(postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """Yields settings with a migrated database of their own, as a role that starts compares it with its blob store."""
    with made(postgres) as database:
        upgrade(database.owner_url, database.url)
        yield make_settings(database.url, tmp_path).replace(owner_database_url=database.owner_url)


@pytest.fixture
def resources(settings: Settings, database: Database) -> Resources:
    """Returns the resources of a stage, with the real database and the test's own blob store."""
    return Resources(settings, database, Blobs(settings.blobs.url))


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """Returns the authority that signs the certificates of the servers."""
    return trustme.CA()


@pytest.fixture(scope="session")
def tokens(ca: trustme.CA) -> Iterator[AuthorizationServer]:
    """Yields a server that issues access tokens by HTTPS, and confirms them to Dovecot by HTTP."""
    with AuthorizationServer(ca) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot(ca: trustme.CA, tokens: AuthorizationServer) -> Iterator[Dovecot]:
    """Yields a running Dovecot. Use your own user names; leave it running."""
    with Dovecot(ca, introspection=tokens.introspection) as server:
        yield server


@pytest.fixture(scope="session")
def ca_file(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the path of a file with the certificate of `ca`."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path
