"""Sending to the mail server, over one connection for several mails."""

import smtplib
from dataclasses import dataclass
from typing import Self

from schemas.settings import Settings

#: Replies from here on are permanent (RFC 5321 section 4.2.1).
_PERMANENT = 500


@dataclass(frozen=True)
class Outcome:
    """What the server said of one mail: `sent`, else whether another try can help; `words` are the server's."""

    sent: bool
    again: bool
    words: str


class Sender:
    """One connection to the mail server, opened at the first mail."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._down: Outcome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (smtplib.SMTPException, OSError):
                self._smtp.close()

    def send(self, envelope_from: str, to_email: str, data: bytes) -> Outcome:
        """Sends one mail; `data` has CRLF line ends. 4xx and a broken connection may be tried again, 5xx not.

        Once the connection failed, the mails after it are not tried: their turn comes with the next order.
        """
        if self._down is not None:
            return self._down
        try:
            smtp = self._connection()
            options = ["body=8bitmime"] if not data.isascii() and smtp.has_extn("8bitmime") else []
            smtp.sendmail(envelope_from, [to_email], data, mail_options=options)
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[to_email]
            return Outcome(sent=False, again=code < _PERMANENT, words=f"{code} {_text(words)}")
        except smtplib.SMTPResponseException as error:
            return Outcome(
                sent=False, again=error.smtp_code < _PERMANENT, words=f"{error.smtp_code} {_text(error.smtp_error)}"
            )
        except (smtplib.SMTPException, OSError) as error:
            self._smtp = None
            self._down = Outcome(sent=False, again=True, words=f"the mail server can't be reached: {error}")
            return self._down
        return Outcome(sent=True, again=False, words="")

    def _connection(self) -> smtplib.SMTP:
        if self._smtp is None:
            settings = self._settings
            self._smtp = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_timeout)
            self._smtp.ehlo_or_helo_if_needed()
        return self._smtp


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
