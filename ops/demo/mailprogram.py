"""Reads the mail to be answered and writes the answer, as a mail program does.

A template in `mails/` is a readable mail: the text of its parts in UTF-8, `{{...}}` for values of the answered mail and
the writer, and the name of each file in place of its content. `write` applies the charset and the transfer encoding
that the header fields declare.
"""

import re
from base64 import encodebytes
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string
from email.generator import BytesGenerator
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from importlib.resources import files
from io import BytesIO
from quopri import encodestring

from ops.demo.contents import content
from ops.demo.sink import Delivered

_FIELD = re.compile(r"\{\{(\w+)(?::([^}]*))?\}\}")
_INNER_HTML = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_AS_WRITTEN = compat32.clone(linesep="\r\n", max_line_length=0)
_ENCODERS = {"quoted-printable": encodestring, "base64": encodebytes}


@dataclass(frozen=True)
class Original:
    """The parts of the answered mail that mail programs use; `sent` is its Date."""

    reply_to: str
    return_path: str
    sender_name: str
    sender: str
    subject: str
    sent: datetime
    message_id: str
    references: str
    header: str
    text: str
    html: str

    @property
    def quoted(self) -> str:
        """The text with a quote sign before each line."""
        return "\n".join(f"> {line}".rstrip() for line in self.text.splitlines())


def read(mail: Delivered) -> Original:
    """Reads a notice of casemail as the recipient's mail program does."""
    parsed = message_from_bytes(mail.data, _class=EmailMessage, policy=SMTP)
    sender = parsed["From"].addresses[0]
    return Original(
        reply_to=parsed["Reply-To"].addresses[0].addr_spec,
        return_path=mail.sender,
        sender_name=sender.display_name,
        sender=sender.addr_spec,
        subject=parsed["Subject"],
        sent=parsed["Date"].datetime,
        message_id=parsed["Message-ID"],
        references=parsed["References"],
        header=mail.data.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n"),
        text=_part(parsed, "plain"),
        html="".join(_INNER_HTML.findall(_part(parsed, "html"))),
    )


def write(template: str, values: Mapping[str, object]) -> bytes:
    """Returns the mail of a template with `values` filled in; lines end in CRLF.

    Raises `KeyError` for a field without a value.
    """
    text = (files("ops.demo") / "mails" / f"{template}.eml").read_text("utf-8")
    filled = _FIELD.sub(lambda field: format(values[field[1]], field[2] or ""), text)
    mail = message_from_string(filled, policy=_AS_WRITTEN)
    for part in mail.walk():
        if not part.is_multipart():
            part.set_payload(_encoded(part).decode("ascii", "surrogateescape"))
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=_AS_WRITTEN).flatten(mail)
    return out.getvalue()


def _part(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body((subtype,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n").strip()


def _encoded(part: Message) -> bytes:
    name, text = part.get_filename(), str(part.get_payload())
    data = content(name) if name else text.encode(part.get_content_charset("ascii"))
    encode = _ENCODERS.get(str(part["Content-Transfer-Encoding"]).lower())
    return encode(data) if encode else data
