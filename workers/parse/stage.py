"""The parse stage: reads raw mails from the blob store into `ParsedMail` records."""

from collections.abc import Sequence

from schemas.records import FetchedMail, ParsedMail, Rejection
from storage.resources import Resources
from workers.parse.limits import of_settings
from workers.parse.sandboxed import read_mails_sandboxed
from workers.parse.stored_body import with_body


def parse_all(mails: Sequence[FetchedMail], resources: Resources) -> list[ParsedMail | Rejection]:
    """Reads fetched mails; returns the results in order. Stores long bodies in the blob store."""
    custodies = [mail.custody for mail in mails]
    raws = [resources.blobs.get(custody.raw) for custody in custodies]
    return [
        with_body(result, result.body, resources) if isinstance(result, ParsedMail) and result.body else result
        for result in read_mails_sandboxed(raws, custodies, of_settings(resources.settings))
    ]


def parse(mail: FetchedMail, resources: Resources) -> ParsedMail | Rejection:
    """Reads one fetched mail, as `parse_all` does."""
    return parse_all([mail], resources)[0]
