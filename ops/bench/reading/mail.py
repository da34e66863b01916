"""Writes an answer as a mail, with the encodings of its mail program."""

from base64 import encodebytes
from binascii import b2a_qp

from cases.outgoing.mime import mailbox, multipart, unstructured
from ops.bench.reading.answers import Answer
from ops.bench.reading.written import html_text, plain_text

_BOUNDARY = "=_answer_77"


def write(answer: Answer) -> bytes:
    """Returns the mail: plain text, HTML, or both in a multipart/alternative, with CRLF line ends."""
    texts = {"plain": plain_text, "html": html_text}
    forms = ("plain", "html") if answer.form == "both" else (answer.form,)
    parts = [_part(answer, form, texts[form](answer)) for form in forms]
    if len(parts) == 1:
        return _header(answer) + parts[0]
    kind = f'Content-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'.encode()
    return _header(answer) + kind + multipart(_BOUNDARY, parts)


def _header(answer: Answer) -> bytes:
    name, local = answer.language.person
    start = answer.language.say("answer") if answer.program.translates else "Re"
    return (
        f"MIME-Version: 1.0\r\nFrom: {mailbox(name, f'{local}@people.example')}\r\nTo: {answer.quoted.reply_to}\r\n"
        f"Date: Mon, 30 Nov 2026 09:15:00 +0000\r\nMessage-ID: <{answer.seed}@people.example>\r\n"
        f"Subject: {unstructured(f'{start}: {answer.quoted.title}')}\r\n{answer.program.fields}"
    ).encode("ascii")


def _part(answer: Answer, form: str, text: str) -> bytes:
    """Returns a text part with its own header."""
    charset, data = _encoded(answer, text)
    encoding = answer.program.encoding
    flowed = form == "plain" and answer.program.plain is not None and answer.program.plain.flowed
    if encoding in ("8bit", "7bit") and not data.isascii():
        encoding = "8bit"
    fields = f"Content-Type: text/{form}; charset={charset}{'; format=flowed' if flowed else ''}\r\n"
    body = data
    if encoding == "base64":
        body = encodebytes(data)
    elif encoding == "quoted-printable":
        body = b2a_qp(data, istext=True)
    return f"{fields}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body.replace(b"\n", b"\r\n")


def _encoded(answer: Answer, text: str) -> tuple[str, bytes]:
    """Returns a charset and the text in it: the old one of the language where program and text have it, else UTF-8."""
    legacy = answer.language.wordings.get("legacy", "windows-1252")
    if answer.program.legacy:
        try:
            return legacy, text.encode(legacy)
        except UnicodeEncodeError:
            pass
    return "utf-8", text.encode()
