"""A real Dovecot, and a house that may fetch from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.dovecot import Dovecot
from tests.tokens import Tokens
from workers.house import House


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    """Who signs the certificates of the servers."""
    return trustme.CA()


@pytest.fixture(scope="session")
def tokens(ca: trustme.CA) -> Iterator[Tokens]:
    """A server that gives out access tokens by HTTPS, and tells Dovecot by HTTP whose they are."""
    with Tokens(ca) as server:
        yield server


@pytest.fixture(scope="session")
def dovecot(ca: trustme.CA, tokens: Tokens) -> Iterator[Dovecot]:
    """A running Dovecot. Every test takes users of its own; leave it running."""
    with Dovecot(ca, introspection=tokens.introspection) as server:
        yield server


@pytest.fixture(scope="session")
def ca_file(ca: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of `ca`, as a file."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def fetching(house: House, ca_file: Path) -> House:
    """A house that may fetch from servers of this machine, as whoever runs casemail would have set it."""
    more = {"source_ca_file": ca_file, "source_private": True, "source_timeout": 10.0, "source_seconds": 60}
    return House(house.settings.model_copy(update=more), house.database, house.blobs)
