"""The mails of a game day: answers, by LMTP to one host or the other, or into a mailbox."""

import smtplib
import threading
import time

from ops.demo.delivery import Letter
from tests.chaos.bench import WRITER
from tests.chaos.gameday.site import Scene
from tests.chaos.soak.background import SideBySide

#: What each answer says besides its number.
TOPIC = "game day"
#: Mails a second, and how many threads write side by side.
RATE, _WRITERS = 4.0, 4
#: One mail in so many goes into the mailbox.
_BY_IMAP = 8
#: Seconds that a mail server waits for an LMTP server, and until it tries the other.
_PATIENCE, _RETRY = 15.0, 0.5


class Mails(SideBySide):
    """Sends `RATE` mails a second between entry and exit. `sent` has the texts of those that were taken."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.sent: list[str] = []
        self._scene = scene
        self._number = 0
        self._lock = threading.Lock()
        for _ in range(_WRITERS):
            self.work(self._write)

    def _write(self) -> None:
        while not self.over.wait(_WRITERS / RATE):
            with self._lock:
                self._number += 1
                number = self._number
            words = f"Answer {number} about {TOPIC}."
            letter = self._letter(number, words)
            if number % _BY_IMAP:
                self._by_lmtp(letter, number)
            else:
                envelope = f"Return-Path: <{letter.sender}>\r\nDelivered-To: {letter.recipient}\r\n"
                self._scene.mailbox.fill({f"n{number}": envelope.encode() + letter.data})
            with self._lock:
                self.sent.append(words)

    def _by_lmtp(self, letter: Letter, number: int) -> None:
        ports = self._scene.site.lmtp_ports
        while True:
            try:
                with smtplib.LMTP("127.0.0.1", ports[number % len(ports)], timeout=_PATIENCE) as client:
                    client.sendmail(letter.sender, [letter.recipient], letter.data)
            except (OSError, smtplib.SMTPException):
                time.sleep(_RETRY)
                number += 1  # the other host
            else:
                return

    def _letter(self, number: int, words: str) -> Letter:
        to = self._scene.bench.reply_to
        data = (
            f"From: {WRITER.name} <{WRITER.email}>\r\nTo: {to}\r\nSubject: Re: {TOPIC}\r\n"
            f"Message-ID: <gameday.{number}@winter.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n\r\n{words}\r\n"
        )
        return Letter(WRITER.email, to, data.encode())
