"""The parse stage."""

from schemas.records import FetchedMail, ParsedMail, Rejection
from storage.blobs import of_mail
from workers.house import House
from workers.parse.apart import understand_apart
from workers.parse.limits import of_settings

#: Octets of body that still travel in the record; a longer one goes to the blob store.
_INLINE_BODY = 32 * 1024


def parse(mail: FetchedMail, house: House) -> ParsedMail | Rejection:
    """Reads the raw mail and understands it; a long body is left in the blob store."""
    result = understand_apart(house.blobs.get(mail.custody.raw), mail.custody, of_settings(house.settings))
    if isinstance(result, Rejection) or result.body is None:
        return result
    body = result.body.model_dump_json().encode()
    if len(body) <= _INLINE_BODY:
        return result
    key = house.blobs.put(mail.custody.tenant_id, of_mail(mail.custody.mail_id, "body"), body)
    return result.model_copy(update={"body": None, "body_blob": key})
