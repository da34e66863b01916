"""The body of a parsed mail: in its record, or in the blob store if it is too long for a record (claim check)."""

from schemas.records import Body, ParsedMail
from storage.blobs.store import of_mail
from storage.resources import Resources

#: Longest body, in bytes, that is put into the record; a longer body goes to the blob store.
_INLINE_BODY = 32 * 1024


def read_body(mail: ParsedMail, resources: Resources) -> Body:
    """Returns the author's own words and what was cut around them."""
    return mail.body or Body.model_validate_json(resources.blobs.get(mail.body_blob))


def with_body(mail: ParsedMail, body: Body, resources: Resources) -> ParsedMail:
    """Returns the mail with this body; stores it if it is long."""
    data = body.model_dump_json().encode()
    if len(data) <= _INLINE_BODY:
        return mail.model_copy(update={"body": body, "body_blob": ""})
    custody = mail.custody
    key = resources.blobs.put(custody.tenant_id, of_mail(custody.mail_id, "body"), data)
    return mail.model_copy(update={"body": None, "body_blob": key})
