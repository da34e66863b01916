"""The ways into casemail during a soak: LMTP, a Maildir and a mailbox."""

import threading
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTPException

from ops.demo.delivery import Letter, LmtpClient, drop_into
from tests.chaos.bench import Bench
from tests.servers.dovecot import Mailbox

#: Seconds until a mail that the LMTP server did not take is sent again.
_RETRY = 0.3


@dataclass(frozen=True)
class Ways:
    """The ways in. Each method delivers a letter, and returns when the mail was accepted."""

    bench: Bench
    maildir: Path
    mailbox: Mailbox

    def by_lmtp(self, letter: Letter) -> str:
        """Sends the letter as a mail server does, again and again until it is taken; returns its reference."""
        settings = self.bench.cluster.settings
        while True:
            try:
                with LmtpClient(settings.lmtp.host, settings.lmtp.port) as client:
                    return client.send(letter)
            except (OSError, SMTPException):
                threading.Event().wait(_RETRY)

    def by_maildir(self, letter: Letter) -> None:
        """Drops the letter into the Maildir, with its envelope in header fields."""
        drop_into(self.maildir, letter)

    def by_imap(self, letter: Letter, name: str) -> None:
        """Puts the letter into the mailbox as `name`, with its envelope in header fields."""
        delivered = f"Return-Path: <{letter.sender}>\r\nDelivered-To: {letter.recipient}\r\n".encode() + letter.data
        self.mailbox.fill({name: delivered})
