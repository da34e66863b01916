"""The mails of a soak: answers with and without files, by LMTP, in a Maildir and in a mailbox.

Some are sent twice; answers by strangers do not post.
"""

import threading
from base64 import encodebytes
from collections.abc import Callable
from random import Random

from ops.demo.delivery import Letter
from ops.pdf import one_page
from tests.chaos.bench import WRITER
from tests.chaos.soak.background import SideBySide
from tests.chaos.soak.ways import Ways

#: How many threads write side by side.
_WRITERS = 4
#: One genuine mail in so many has a forged copy before it.
_FORGED = 20


class Load(SideBySide):
    """Writes up to `rate` mails a second between entry and exit; repeats each until it is taken, as a mail server does.

    `sent` has the text of each mail, and whether its author may post.
    """

    def __init__(self, ways: Ways, chance: Random, rate: float, copy_first: Callable[[Letter], None]) -> None:
        super().__init__()
        self.sent: dict[str, bool] = {}
        self._ways, self._chance, self._copy_first = ways, chance, copy_first
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
            if known and number % _FORGED == 0:
                self._copy_first(letter)
            for turn in range(1 + again):
                if way < 0.2:
                    self._ways.by_maildir(letter)
                elif way < 0.4:
                    self._ways.by_imap(letter, f"n{number}-{turn}")
                else:
                    self._ways.by_lmtp(letter)
            with self._lock:
                self.sent[words] = known

    def _letter(self, words: str, *, known: bool) -> Letter:
        author = WRITER.email if known else f"stranger{self._number}@nowhere.example"
        header = (
            f"From: {author}\r\nTo: {self._ways.bench.reply_to}\r\nSubject: Re: soak\r\n"
            f"Message-ID: <soak.{self._number}@winter.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
        )
        if self._chance.random() < 0.8:
            return Letter(author, self._ways.bench.reply_to, f"{header}\r\n{words}\r\n".encode())
        pdf = encodebytes(one_page(self._chance.randbytes(3_000))).decode().replace("\n", "\r\n")
        data = (
            f'{header}MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="mix"\r\n\r\n'
            f"--mix\r\nContent-Type: text/plain\r\n\r\n{words}\r\n--mix\r\nContent-Type: application/pdf\r\n"
            'Content-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
            f"{pdf}\r\n--mix--\r\n"
        )
        return Letter(author, self._ways.bench.reply_to, data.encode())
