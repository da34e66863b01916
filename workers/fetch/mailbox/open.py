"""Opens a source with the class for its kind."""

from pathlib import Path

from schemas.tables import SourceKind
from storage.resources import Resources
from storage.source_rows import SourceRow
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.imap import Imap
from workers.fetch.mailbox.maildir import Maildir
from workers.fetch.mailbox.pop3 import Pop3
from workers.fetch.mailbox.source import OpenSource
from workers.fetch.mailbox.transport import Meter, SourceError


def open_source(source: SourceRow, resources: Resources) -> OpenSource:
    """Opens a source. Raises SourceError; a folder may raise OSError later, when it is read."""
    if source.kind is SourceKind.MAILDIR and source.tenant_id is None:  # a tenant must not name folders of this machine
        return Maildir(Path(source.location))
    meter = Meter(seconds=resources.settings.sources.seconds, silence=resources.settings.sources.timeout)
    match source.kind:
        case SourceKind.IMAP:
            return Imap(Credentials(source, resources), meter)
        case SourceKind.POP3:
            return Pop3(Credentials(source, resources), meter)
        case _:
            raise SourceError(f"a source of the kind {source.kind} is not fetched")
