"""The mails of a soak: answers that post, with files and without, by LMTP, from a Maildir and from a mailbox, some
twice, some by strangers."""

import threading
from base64 import encodebytes
from pathlib import Path
from random import Random
from smtplib import SMTPException

from ops.demo.delivery import Letter, LmtpClient, drop_into
from ops.pdf import one_page
from tests.chaos.soak.side_by_side import SideBySide
from tests.chaos.test_kill import WRITER, Bench
from tests.dovecot import Mailbox

#: How many write side by side.
_WRITERS = 4
#: Seconds until whoever was told to try again does.
_RETRY = 0.3


class Load(SideBySide):
    """Writes mails between entry and exit, as fast as `rate` a second; each until it was taken, as a mail server does.

    `sent` has the words of each, and whether its author may post.
    """

    def __init__(self, bench: Bench, folder: Path, box: Mailbox, chance: Random, rate: float) -> None:
        super().__init__()
        self.sent: dict[str, bool] = {}
        self._bench, self._folder, self._box, self._chance = bench, folder, box, chance
        self._pause = _WRITERS / rate
        self._number = 0
        self._lock = threading.Lock()
        for _ in range(_WRITERS):
            self.work(self._write)

    def _write(self) -> None:
        while not self.over.wait(self._pause):
            with self._lock:
                self._number += 1
                number = self._number
                words, known = f"Answer {number} about soak.", self._chance.random() < 0.85
                letter = self._letter(words, known=known)
                way, again = self._chance.random(), self._chance.random() < 0.05
            for turn in range(1 + again):
                if way < 0.2:
                    drop_into(self._folder, letter)
                elif way < 0.4:
                    delivered = f"Delivered-To: {letter.recipient}\r\n".encode() + letter.data
                    self._box.fill({f"n{number}-{turn}": delivered})
                else:
                    self._push(letter)
            with self._lock:
                self.sent[words] = known

    def _letter(self, words: str, *, known: bool) -> Letter:
        author = WRITER.email if known else f"stranger{self._number}@nowhere.example"
        header = (
            f"From: {author}\r\nTo: {self._bench.reply_to}\r\nSubject: Re: soak\r\n"
            f"Message-ID: <soak.{self._number}@winter.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
        )
        if self._chance.random() < 0.8:
            return Letter(author, self._bench.reply_to, f"{header}\r\n{words}\r\n".encode())
        pdf = encodebytes(one_page(self._chance.randbytes(3_000))).decode().replace("\n", "\r\n")
        data = (
            f'{header}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="mix"\r\n\r\n'
            f"--mix\r\nContent-Type: text/plain\r\n\r\n{words}\r\n--mix\r\nContent-Type: application/pdf\r\n"
            'Content-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            f"{pdf}\r\n--mix--\r\n"
        )
        return Letter(author, self._bench.reply_to, data.encode())

    def _push(self, letter: Letter) -> None:
        settings = self._bench.cluster.settings
        while True:
            try:
                with LmtpClient(settings.lmtp_host, settings.lmtp_port) as client:
                    client.send(letter)
            except (OSError, SMTPException):
                threading.Event().wait(_RETRY)
            else:
                return
