"""Sends mails to the mail server for outgoing mail, several over one connection (RFC 5321)."""

import smtplib
import socket
import ssl
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Self

from schemas.settings import Settings

#: Replies from this code on are permanent failures (RFC 5321 section 4.2.1).
_PERMANENT = 500
#: The server refuses our client, not the mail: it requires encryption or log-in (RFC 4954 section 6). The mail is tried
#: again, because an operator can fix the settings.
_NOT_THE_MAIL = (530, 534, 535, 538)
_CLOSING, _GO_AHEAD = 421, 354
#: The reply to the data of a mail may take this many times the timeout of other steps: giving up too early would send
#: the mail twice (RFC 5321 section 4.5.3.2.6).
PATIENCE = 10
#: After this many connections that broke during a mail, the remaining mails wait for their next order.
_MOST_BREAKS = 2
#: The most characters of a reply that are kept.
_LONGEST_WORDS = 400


@dataclass(frozen=True)
class Outcome:
    """The outcome for one mail: whether it was `sent`, if not whether to try `again`, and the server's `words`.

    `unreachable` is whether no server answered: the mail can go out as soon as one does.
    """

    sent: bool
    again: bool
    words: str
    unreachable: bool = False


class Sender:
    """A connection to the mail server, opened for the first mail and again after it broke.

    with Sender(settings) as sender:
        outcome = sender.send("bounces@cases.example", "ann@example.org", data)
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._down: Outcome | None = None
        self._breaks = 0
        self._in_data = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()

    def send(self, envelope_from: str, to_email: str, data: bytes) -> Outcome:
        """Sends one mail; `data` has CRLF line ends. A mail may be tried again after a reply 4xx, a broken connection
        or a refusal of our client (`_NOT_THE_MAIL`), not after another 5xx.

        A first connection that breaks during a mail delays only that mail. After the second, or if the server can't be
        reached, later mails are not tried until their next order. Raises `ValueError` for an address that SMTP can't
        carry.
        """
        commands = _commands(envelope_from, to_email)
        if self._down is not None:
            return self._down
        reused = self._smtp is not None
        try:
            smtp = self._smtp = self._smtp or _connect(self._settings)
        except (smtplib.SMTPException, OSError, ValueError) as error:  # ValueError: a password that is not ASCII
            outcome = _broken("the mail server can't be reached", error)
            self._down = replace(outcome, unreachable=not _refuses_us(error))
            return self._down
        self._in_data = False
        try:
            return self._transact(smtp, commands, data)
        except (smtplib.SMTPException, OSError) as error:
            smtp.close()
            self._smtp = None
            if reused and not self._in_data:
                # servers close a connection after some mails or some time: this mail is not the cause
                return self.send(envelope_from, to_email, data)
            self._breaks += 1
            outcome = _broken("the connection to the mail server broke", error)
            if self._breaks >= _MOST_BREAKS:
                self._down = outcome
            return outcome

    def _transact(self, smtp: smtplib.SMTP, commands: list[str], data: bytes) -> Outcome:
        if smtp.has_extn("size"):
            commands[0] += f" SIZE={len(data)}"
        if not data.isascii() and smtp.has_extn("8bitmime"):
            commands[0] += " BODY=8BITMIME"
        refused = self._ask(smtp, [*commands, "DATA"])
        if refused is None:
            self._in_data = True
            smtp.send(stuffed(data))
            assert smtp.sock is not None
            smtp.sock.settimeout(self._settings.smtp.timeout * PATIENCE)
            code, words = _reply(smtp)
            smtp.sock.settimeout(self._settings.smtp.timeout)
            if code < 300:  # noqa: PLR2004  # 2yz: accepted (RFC 5321 section 4.2.1)
                return Outcome(sent=True, again=False, words="")
        else:
            smtp.send("RSET\r\n")
            _reply(smtp)
            code, words = refused
        return Outcome(sent=False, again=code < _PERMANENT or code in _NOT_THE_MAIL, words=f"{code} {words}")

    def _ask(self, smtp: smtplib.SMTP, commands: list[str]) -> tuple[int, str] | None:
        """Sends the commands, in one write if the server allows it (RFC 2920); returns the first refusal, or None."""
        groups = [commands] if smtp.has_extn("pipelining") else [[command] for command in commands]
        for group in groups:
            smtp.send("".join(f"{command}\r\n" for command in group))
            replies = [_reply(smtp) for _ in group]
            refusals = [reply for reply in replies if reply[0] >= 400]  # noqa: PLR2004  # 4yz and 5yz
            if refusals:
                if replies[-1][0] == _GO_AHEAD:  # no recipient: an empty mail must follow (RFC 2920 section 3.1)
                    smtp.send(".\r\n")
                    _reply(smtp)
                return refusals[0]
        return None


def probe(settings: Settings) -> Outcome:
    """Returns whether the mail server would take mail: connects, encrypts and logs in, and asks for an empty sender,
    which it takes back. Sends no mail."""
    try:
        smtp = _connect(settings)
        with smtp:
            code, words = smtp.mail("")
            smtp.rset()
    except (smtplib.SMTPException, OSError, ValueError) as error:
        return _broken("the mail server can't be used", error)
    return Outcome(sent=code < 400, again=True, words=f"{code} {_text(words)}")  # noqa: PLR2004  # 4yz and 5yz


def _connect(settings: Settings) -> smtplib.SMTP:
    """Returns a connection that is encrypted and logged in as the settings say.

    Raises `SMTPException`, `OSError` or, for a user name or password that smtplib can't send, `ValueError`.
    """
    host, port, timeout, name = settings.smtp.host, settings.smtp.port, settings.smtp.timeout, _our_name()
    if settings.smtp.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, name, timeout=timeout, context=_tls(settings.smtp.ca_file))
    else:
        smtp = smtplib.SMTP(host, port, name, timeout=timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.smtp.security == "starttls":
            smtp.starttls(context=_tls(settings.smtp.ca_file))
            smtp.ehlo_or_helo_if_needed()
        if settings.smtp.username and settings.smtp.password:
            smtp.login(settings.smtp.username, settings.smtp.password.get_secret_value())
    except BaseException:
        smtp.close()
        raise
    return smtp


@cache
def _tls(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


@cache
def _our_name() -> str:
    """Returns our host name for EHLO (RFC 5321 section 4.1.4); cached, because the look-up can be slow."""
    name = socket.getfqdn()
    return name if "." in name else "[127.0.0.1]"


def _commands(envelope_from: str, to_email: str) -> list[str]:
    for address in (envelope_from, to_email):
        if not address.isascii() or any(c <= " " or c in "<>\x7f" for c in address):
            raise ValueError(f"SMTP can't carry the address {address!r}")
    return [f"MAIL FROM:<{envelope_from}>", f"RCPT TO:<{to_email}>"]


def stuffed(data: bytes) -> bytes:
    """Returns the mail as sent after DATA: leading dots doubled, and the final dot (RFC 5321 section 4.5.2)."""
    doubled = data.replace(b"\r\n.", b"\r\n..")
    return (b"." if doubled.startswith(b".") else b"") + doubled.removesuffix(b"\r\n") + b"\r\n.\r\n"


def _reply(smtp: smtplib.SMTP) -> tuple[int, str]:
    code, words = smtp.getreply()
    if code == _CLOSING or code < 200:  # noqa: PLR2004  # SMTP has no replies below 200
        raise smtplib.SMTPServerDisconnected(f"{code} {_text(words)}")
    return code, _text(words)


def _broken(what: str, error: Exception) -> Outcome:
    said = f"{error.smtp_code} {_text(error.smtp_error)}" if isinstance(error, smtplib.SMTPResponseException) else error
    return Outcome(sent=False, again=True, words=f"{what}: {said}")


def _refuses_us(error: Exception) -> bool:
    """Returns whether the server answered, and refuses our client for good: only an operator can change that."""
    return isinstance(error, ValueError | smtplib.SMTPNotSupportedError) or (
        isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= _PERMANENT
    )


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    # what a server says is stored and shown: one line, without what a terminal or PostgreSQL would not take
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:_LONGEST_WORDS]
