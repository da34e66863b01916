"""The parse stage: reads raw mails from the blob store into `ParsedMail` records."""

from collections.abc import Sequence

from schemas.records import FetchedMail, ParsedMail, Rejection
from storage.blobs.store import of_mail
from storage.resources import Resources
from workers.parse.limits import of_settings
from workers.parse.sandboxed import read_mails_sandboxed

#: Longest body, in bytes, that is put into the record; a longer body goes to the blob store.
_INLINE_BODY = 32 * 1024


def parse_all(mails: Sequence[FetchedMail], resources: Resources) -> list[ParsedMail | Rejection]:
    """Reads fetched mails; returns the results in order. Stores long bodies in the blob store."""
    custodies = [mail.custody for mail in mails]
    raws = [resources.blobs.get(custody.raw) for custody in custodies]
    return [
        _with_claim_check(result, resources)
        for result in read_mails_sandboxed(raws, custodies, of_settings(resources.settings))
    ]


def parse(mail: FetchedMail, resources: Resources) -> ParsedMail | Rejection:
    """Reads one fetched mail, as `parse_all` does."""
    return parse_all([mail], resources)[0]


def _with_claim_check(result: ParsedMail | Rejection, resources: Resources) -> ParsedMail | Rejection:
    """Returns the result; a long body is moved to the blob store, and the record has its key (claim check)."""
    if isinstance(result, Rejection) or result.body is None:
        return result
    body = result.body.model_dump_json().encode()
    if len(body) <= _INLINE_BODY:
        return result
    custody = result.custody
    key = resources.blobs.put(custody.tenant_id, of_mail(custody.mail_id, "body"), body)
    return result.model_copy(update={"body": None, "body_blob": key})
