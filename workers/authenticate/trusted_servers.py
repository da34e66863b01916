"""Which mail server's word is believed of a mail: that belongs to the source that it came in by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from schemas.mailboxes import LMTP, NOBODY
from schemas.tables import SourceKind
from storage.resources import Resources
from workers.authenticate.providers import Edge, named, provider
from workers.authenticate.rfc8601 import Result, read

# of a mail that is not in the ledger nobody knows where it came from
_SOURCE = text("""
select s.kind, s.name, s.options, w.said from mails m
join batches b on b.id = m.batch_id join sources s on s.id = b.source_id left join sender_words w on w.mail_id = m.id
where m.id = :mail_id
""")
_FETCHED = (SourceKind.IMAP, SourceKind.POP3, SourceKind.MAILDIR)


@dataclass(frozen=True)
class Way:
    """How a mail came in: the `edge` whose fields in it count, None for none; or what a provider said of it outside of
    the mail (`found`); and who that is."""

    edge: Edge | None = None
    found: Sequence[Result] | None = None
    name: str = ""


def way_of(resources: Resources, mail_id: UUID, author: str) -> Way:
    """The way of a mail of the ledger, from the domain `author`."""
    with resources.database.system() as connection:
        row = connection.execute(_SOURCE, {"mail_id": mail_id}).first()
    if row and row.kind == SourceKind.HTTP and row.said:
        name, found = read(row.said)
        # who tells of the one author names no domain
        return Way(None, [_of(author, one) for one in found], name)
    edge = _edge(row, resources) if row else None
    return Way(edge, name=edge.name if edge else "")


def _of(author: str, result: Result) -> Result:
    if result.method != "dmarc":
        return result
    return replace(result, properties={**result.properties, "header.from": author})


def _edge(row: Row[Any], resources: Resources) -> Edge | None:
    settings = resources.settings
    if (row.kind == SourceKind.LMTP and row.name == LMTP) or row.kind == SourceKind.COMMAND:
        return (
            named(settings.authentication.authserv_id, settings.authentication.authserv_fields)
            if settings.authentication.authserv_id
            else None
        )
    if row.kind not in _FETCHED:
        return None
    options: dict[str, Any] = row.options
    if options.get("authserv_id"):
        chosen = str(options["authserv_id"])
        return None if chosen == NOBODY else named(chosen, int(options.get("authserv_fields", 1)))
    return provider(str(options.get("host", "")))
