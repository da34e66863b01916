"""Resources that may fetch from servers of this machine."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from storage.resources import Resources
from tests.servers.dovecot import Dovecot, Mailbox


@pytest.fixture
def fetching(resources: Resources, ca_file: Path) -> Iterator[Resources]:
    """Resources with the settings of an operator who allows to fetch from servers of this machine.

    Afterwards the test's mailboxes are off: listeners of later tests would connect to all of them first.
    """
    more = {"source_ca_file": ca_file, "source_private": True, "source_timeout": 10.0, "source_seconds": 60}
    yield Resources(resources.settings.replace(**more), resources.database, resources.blobs)
    with resources.database.system() as connection:
        connection.execute(text("update sources set active = false where kind = 'imap' and tenant_id is not null"))


@pytest.fixture
def box(dovecot: Dovecot) -> Mailbox:
    """The mailbox of a user of this test's own."""
    return dovecot.mailbox(uuid4().hex)
