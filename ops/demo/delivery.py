"""Delivers mails to casemail as mail servers do: by LMTP, and into a Maildir."""

import mailbox
from dataclasses import dataclass
from pathlib import Path
from smtplib import LMTP, SMTPDataError
from types import TracebackType
from typing import Self

#: RFC 5321 section 4.2.3: done.
_OK = 250


@dataclass(frozen=True)
class Letter:
    """A mail to deliver: envelope sender (empty for `<>`) and recipient, and the bytes with CRLF line ends."""

    sender: str
    recipient: str
    data: bytes


class LmtpClient:
    """One connection to an LMTP server, between entry and exit."""

    def __init__(self, host: str, port: int) -> None:
        self._server = LMTP(host, port)

    def send(self, letter: Letter) -> str:
        """Delivers a mail and returns the reference that custody gave it.

        Raises `smtplib.SMTPDataError` when the server refuses it.
        """
        self._server.ehlo_or_helo_if_needed()
        self._server.mail(letter.sender, ["body=8bitmime"])
        code, words = self._server.rcpt(letter.recipient)
        if code == _OK:
            code, words = self._server.data(letter.data)
        if code != _OK:
            raise SMTPDataError(code, words)
        return words.decode().split()[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()


def drop_into(folder: Path, letter: Letter) -> tuple[bytes, str]:
    """Drops a mail into `new/` of a Maildir as a delivery agent does; creates the folders that are missing.

    Returns the bytes of the file (LF line ends, the envelope in header fields) and its name.
    """
    trace = f"Return-Path: <{letter.sender}>\nDelivered-To: {letter.recipient}\n"
    data = trace.encode() + letter.data.replace(b"\r\n", b"\n")
    return data, mailbox.Maildir(folder, create=True).add(data)
