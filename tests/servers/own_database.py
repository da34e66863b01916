"""A database of its own for a test about what a whole cluster shares, or which starts a role.

A role compares the database with its blob store when it starts; the shared database of the tests has mails of other
blob stores.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Engine, NullPool, create_engine, make_url

from ops.embedded import Postgres


@dataclass(frozen=True)
class OwnDatabase:
    """An empty database in the server of the tests; `url` and `owner_url` as those of `Postgres`."""

    url: str
    owner_url: str

    def owner(self) -> Engine:
        """Returns an engine of the owner."""
        return create_engine(self.owner_url, poolclass=NullPool)


@contextmanager
def made(postgres: Postgres, template: str = "template1") -> Iterator[OwnDatabase]:
    """Makes a database from a template, and drops it afterwards."""
    name = f"checks_{uuid4().hex[:12]}"
    with postgres._connect() as server:
        server.execute(f"create database {name} template {template} owner casemail_owner".encode())
    urls = [
        make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (postgres.url, postgres.owner_url)
    ]
    yield OwnDatabase(*urls)
    with postgres._connect() as server:
        server.execute(f"drop database {name} with (force)".encode())
