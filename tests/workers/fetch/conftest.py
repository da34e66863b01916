"""Fixtures of the fetch tests: resources that may fetch from this machine's servers, and a mailbox."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from storage.resources import Resources
from tests.servers.dovecot import Dovecot, Mailbox


@pytest.fixture
def fetching(resources: Resources, ca_file: Path) -> Iterator[Resources]:
    """Yields resources whose settings allow fetching from servers on this machine.

    Afterwards it turns the tenants' mailboxes off: listeners of later tests would first connect to all of them.
    """
    more = {"source_ca_file": ca_file, "source_private": True, "source_timeout": 10.0, "source_seconds": 60}
    yield Resources(resources.settings.replace(**more), resources.database, resources.blobs)
    with resources.database.system() as connection:
        connection.execute(text("update sources set active = false where kind = 'imap' and tenant_id is not null"))


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    """Returns the mailbox of a user that only this test has."""
    return dovecot.mailbox(uuid4().hex)
