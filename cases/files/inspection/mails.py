"""Mails as files: their attachments are inspected like the entries of an archive."""

import email
from collections.abc import Iterator

from cases.files.inspection import office, ole
from cases.files.inspection.archives import UnpackBudget
from cases.files.inspection.findings import Finding

#: Streams of an Outlook mail: the content of an attachment, and its name (MS-OXPROPS PidTagAttachDataBinary and
#: PidTagAttachLongFilename, PidTagAttachFilename).
_CONTENT = "__substg1.0_37010102"
_NAMES = ("__substg1.0_3707001F", "__substg1.0_3704001F")
#: A mail with all that makes the email package import further modules: encodings, encoded names, text in charsets.
SAMPLE = b"""From: =?utf-8?q?=C3=9C?= <a@x.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

=C3=9C
--b
Content-Type: application/pdf; name="=?utf-8?b?w5w=?="
Content-Disposition: attachment; filename*=utf-8''%C3%9C.txt
Content-Transfer-Encoding: base64

QQ==
--b
Content-Type: text/plain
Content-Disposition: attachment; filename=a.txt
Content-Transfer-Encoding: x-uuencode

begin 644 a.txt
#0V%T
`
end
--b
Content-Type: message/rfc822

Subject: inner

hi
--b--
"""


def internet_mail(content: bytes) -> Iterator[Finding]:
    """Yields the findings in the attachments of a mail in the Internet's format (RFC 5322)."""
    budget = UnpackBudget(depth=1)
    for part in email.message_from_bytes(content).walk():
        name = part.get_filename("")
        yield from office.carried(name)
        payload = None if part.is_multipart() else part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield from office.inner(name, payload, budget)


def outlook_mail(mail: ole.Compound) -> Iterator[Finding]:
    """Yields the findings in the attachments of an Outlook mail (MS-OXMSG); nothing for another document."""
    budget = UnpackBudget(depth=1)
    for path in mail.paths:
        if path[-1] in _NAMES:
            yield from office.carried(mail.read(*path).decode("utf-16-le", "replace").rstrip("\0"))
        elif path[-1] == _CONTENT:
            yield from office.inner("", mail.read(*path), budget)
