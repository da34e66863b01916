"""A person's answer, and the whole mail that a mail program makes from it, byte by byte."""

import textwrap
from base64 import encodebytes
from email.header import Header
from quopri import encodestring
from typing import NamedTuple

#: Python codecs for charset names of mail programs that Python does not know.
_CODECS = {"ks_c_5601-1987": "euc_kr"}
_FLOWED_WIDTH = 24  # shorter than in any program, so that short texts are broken, too


class Wire(NamedTuple):
    """How a program encodes a text. `encoding` is the transfer encoding: quoted-printable, base64, 8bit or 7bit."""

    charset: str = "utf-8"
    encoding: str = "quoted-printable"
    flowed: bool = False


class Answer(NamedTuple):
    """An answer: `own` is the person's own text, `text` and `html` are the mail's parts ("" for a missing part)."""

    client: str
    language: str
    style: str
    own: str
    text: str = ""
    html: str = ""
    wire: Wire = Wire()
    program: str = ""  # a header field in which the program names itself
    subject: str = "Re: Case 17"

    @property
    def name(self) -> str:
        """The name of the test."""
        return f"{self.client}, {self.style}, {self.language}"

    def message(self) -> bytes:
        """Returns the mail, with CRLF line ends; text and HTML together make a multipart/alternative."""
        head = [
            "From: Anna Smith <anna@x.example>",
            "To: Desk <desk@in.example>",
            f"Subject: {Header(self.subject, maxlinelen=70).encode()}",
            "Date: Fri, 3 May 2024 11:00:00 +0200",
            "Message-ID: <answer@x.example>",
            "In-Reply-To: <update-1@in.example>",
            "MIME-Version: 1.0",
            *([self.program] if self.program else []),
        ]
        forms = [form for form in (self._plain(), self._html()) if form]
        if len(forms) == 1:
            body = forms[0]
        else:
            head.append('Content-Type: multipart/alternative; boundary="=_17"')
            body = b"\n" + b"".join(b"--=_17\n" + form + b"\n" for form in forms) + b"--=_17--\n"
        return ("\n".join(head) + "\n").encode().replace(b"\n", b"\r\n") + body.replace(b"\n", b"\r\n")

    def _plain(self) -> bytes:
        if not self.text:
            return b""
        if self.wire.flowed:
            return _part("text/plain", "; format=flowed", _flow(self.text), self.wire)
        return _part("text/plain", "", self.text, self.wire)

    def _html(self) -> bytes:
        return _part("text/html", "", self.html, self.wire) if self.html else b""


def _part(kind: str, parameters: str, text: str, wire: Wire) -> bytes:
    data = text.encode(
        _CODECS.get(wire.charset, wire.charset), "xmlcharrefreplace" if kind == "text/html" else "strict"
    )
    if wire.encoding == "quoted-printable":
        data = encodestring(data)
    elif wire.encoding == "base64":
        data = encodebytes(data.replace(b"\n", b"\r\n"))
    head = f"Content-Type: {kind}; charset={wire.charset}{parameters}\nContent-Transfer-Encoding: {wire.encoding}\n\n"
    return head.encode() + data


def _flow(text: str) -> str:
    """Returns the text with soft line breaks: lines that end with a space (RFC 3676 section 4.2)."""
    return "\n".join(
        line if line.startswith(">") or line == "-- " else " \n".join(textwrap.wrap(line, _FLOWED_WIDTH) or [line])
        for line in text.split("\n")
    )
