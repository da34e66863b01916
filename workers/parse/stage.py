"""The parse stage."""

from collections.abc import Sequence

from schemas.records import FetchedMail, ParsedMail, Rejection
from storage.blobs.store import of_mail
from storage.resources import Resources
from workers.parse.limits import of_settings
from workers.parse.sandboxed import understand_all

#: Octets of body that still travel in the record; a longer one goes to the blob store.
_INLINE_BODY = 32 * 1024


def parse_all(mails: Sequence[FetchedMail], resources: Resources) -> list[ParsedMail | Rejection]:
    """Reads the raw mails and understands them; long bodies are left in the blob store."""
    custodies = [mail.custody for mail in mails]
    raws = [resources.blobs.get(custody.raw) for custody in custodies]
    return [_claimed(result, resources) for result in understand_all(raws, custodies, of_settings(resources.settings))]


def parse(mail: FetchedMail, resources: Resources) -> ParsedMail | Rejection:
    """As `parse_all`, of one mail."""
    return parse_all([mail], resources)[0]


def _claimed(result: ParsedMail | Rejection, resources: Resources) -> ParsedMail | Rejection:
    """The same with a long body left in the blob store, under a claim check."""
    if isinstance(result, Rejection) or result.body is None:
        return result
    body = result.body.model_dump_json().encode()
    if len(body) <= _INLINE_BODY:
        return result
    custody = result.custody
    key = resources.blobs.put(custody.tenant_id, of_mail(custody.mail_id, "body"), body)
    return result.model_copy(update={"body": None, "body_blob": key})
