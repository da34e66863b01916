"""Finds the mail server or provider whose report on a sender is trusted: it depends on the source of the mail."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from schemas.mailboxes import LMTP, NOBODY
from schemas.tables import SourceKind
from storage import senders
from storage.resources import Resources
from storage.senders import Origin
from workers.authenticate.providers import Edge, named, provider
from workers.authenticate.rfc8601 import Result, read

_FETCHED = (SourceKind.IMAP, SourceKind.POP3, SourceKind.MAILDIR)


@dataclass(frozen=True)
class Trusted:
    """What is trusted about the sender of a mail: the fields of the mail server `edge` in it, or the results that a
    provider reported outside of it (`found`); None for neither. `name` is that server or provider."""

    edge: Edge | None = None
    found: Sequence[Result] | None = None
    name: str = ""


def trusted_for(resources: Resources, mail_id: UUID, author: str) -> Trusted:
    """Returns what is trusted about the sender of a mail in the ledger, whose author is in the domain `author`."""
    with resources.database.system() as connection:
        origin = senders.origin_of(connection, mail_id)
    if origin and origin.kind == SourceKind.HTTP and origin.said:
        name, found = read(origin.said)
        # a provider reports on the domain of the author, without naming it
        return Trusted(None, [_with_author(author, result) for result in found], name)
    edge = _edge(origin, resources) if origin else None
    return Trusted(edge, name=edge.name if edge else "")


def _with_author(author: str, result: Result) -> Result:
    if result.method != "dmarc":
        return result
    return replace(result, properties={**result.properties, "header.from": author})


def _edge(origin: Origin, resources: Resources) -> Edge | None:
    ours = resources.settings.authentication
    if (origin.kind == SourceKind.LMTP and origin.name == LMTP) or origin.kind == SourceKind.COMMAND:
        return named(ours.authserv_id, ours.authserv_fields) if ours.authserv_id else None
    if origin.kind not in _FETCHED:
        return None
    options = origin.options
    if options.get("authserv_id"):
        chosen = str(options["authserv_id"])
        return None if chosen == NOBODY else named(chosen, int(options.get("authserv_fields", 1)))
    return provider(str(options.get("host", "")))
