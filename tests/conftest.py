"""Fixtures for all tests: real servers, each started once, when the first test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from ops.embedded import Kafka, Postgres
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database
from storage.migrations import upgrade
from storage.resources import Resources
from tests.builders.mail_transitions import check_transitions
from tests.builders.world import World, make_settings, make_world
from tests.servers.authorization_server import AuthorizationServer
from tests.servers.clamav import ClamAV
from tests.servers.dovecot import Dovecot
from tests.servers.secure_kafka import SecureKafka


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A running Kafka. Use your own names for topics and groups; leave it running."""
    with Kafka(tmp_path_factory.mktemp("kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def secure_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureKafka]:
    """A running Kafka with TLS and passwords, for the few tests of these."""
    with SecureKafka(tmp_path_factory.mktemp("secure-kafka")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A running PostgreSQL with an empty database `casemail`; leave it running."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> Postgres:
    """PostgreSQL with the newest schema. Create your own tenants in it (`tests.builders.world`)."""
    upgrade(postgres.owner_url, postgres.url)
    check_transitions(postgres.owner_url)
    return postgres


@pytest.fixture(scope="session")
def database(migrated: Postgres) -> Iterator[Database]:
    """The database as the app's processes see it, with row-level security on."""
    opened = Database(migrated.url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def clamav(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClamAV]:
    """A running clamd; leave it running."""
    with ClamAV(tmp_path_factory.mktemp("clamav")) as server:
        yield server


@pytest.fixture
def world(migrated: Postgres) -> World:
    """The test's own tenant, with people and a case."""
    return make_world(migrated.owner_url)


@pytest.fixture
def settings(migrated: Postgres, tmp_path: Path) -> Settings:
    """Settings of a process on the test servers; Kafka's address is not used."""
    return make_settings(migrated.url, tmp_path)


@pytest.fixture
def resources(settings: Settings, database: Database) -> Resources:
    """The resources of a stage, with the real database and the test's own blob store."""
    return Resources(settings, database, Blobs(settings.blobs.url))


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """The authority that signs the certificates of the servers."""
    return trustme.CA()


@pytest.fixture(scope="session")
def tokens(ca: trustme.CA) -> Iterator[AuthorizationServer]:
    """A server that issues access tokens by HTTPS, and confirms them to Dovecot by HTTP."""
    with AuthorizationServer(ca) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot(ca: trustme.CA, tokens: AuthorizationServer) -> Iterator[Dovecot]:
    """A running Dovecot. Each test uses its own users; leave it running."""
    with Dovecot(ca, introspection=tokens.introspection) as server:
        yield server


@pytest.fixture(scope="session")
def ca_file(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of `ca`, as a file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path
