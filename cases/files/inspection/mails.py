"""Mails that are files: what they carry is looked into as what an archive holds is."""

import email
from collections.abc import Iterator

from cases.files.inspection import office, ole
from cases.files.inspection.archives import Budget
from cases.files.inspection.findings import Finding

#: Streams of an Outlook mail: the content of an attachment, and its name (MS-OXPROPS PidTagAttachDataBinary and
#: PidTagAttachLongFilename, PidTagAttachFilename).
_CONTENT = "__substg1.0_37010102"
_NAMES = ("__substg1.0_3707001F", "__substg1.0_3704001F")


def of_internet(content: bytes) -> Iterator[Finding]:
    """What speaks against a mail as it is sent (RFC 5322), by its attachments."""
    budget = Budget(depth=1)
    for part in email.message_from_bytes(content).walk():
        name = part.get_filename("")
        yield from office.carried(name)
        payload = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield from office.inner(name, payload, budget)


def of_outlook(mail: ole.Compound) -> Iterator[Finding]:
    """What speaks against a mail of Outlook (MS-OXMSG), by its attachments; none for another document."""
    budget = Budget(depth=1)
    for path in mail.paths:
        if path[-1] in _NAMES:
            yield from office.carried(mail.read(*path).decode("utf-16-le", "replace").rstrip("\0"))
        elif path[-1] == _CONTENT:
            yield from office.inner("", mail.read(*path), budget)
