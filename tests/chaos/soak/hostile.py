"""The hostile writer of a soak: a tenth of its mail.

Poison headers try to stop the processes that read them. Forged copies come before the genuine mail and try to take its
place. Slow files, from a person of another tenant, try to keep the processes busy that examine files.
"""

from email.message import EmailMessage
from email.policy import SMTP
from random import Random

from ops.bench.slow_pdf import slow_pdf
from ops.demo import mailprogram, seed
from ops.demo.delivery import Letter
from ops.demo.waiting import wait_until
from ops.demo.world import LAW, PEOPLE, UPDATES
from tests.chaos.soak.background import SideBySide
from tests.chaos.soak.ways import Ways

#: The envelope senders of the hostile writer: of poison mails, and of forged copies.
SENDER, COPIER = "mallory@evil.example", "copier@evil.example"
#: All envelope senders that only the hostile writer has.
SENDERS = (SENDER, COPIER, "")
#: Mails a second, without the copies: a tenth of the other writers' rate.
RATE = 2.0
#: One mail in so many has slow files.
_SLOW = 20
#: Objects in each slow PDF, which takes about half a second of CPU time to examine.
_OBJECTS = 12_000

#: Header fields of poison mails: each once stopped something, or is like a field that did.
POISON: tuple[bytes, ...] = (
    b"To: " + b"(" * 500,
    b"To: " + b"g:" * 700 + b";",
    b"Cc: " + b"<" * 2_000 + b"a@b" + b">" * 2_000,
    b"From: " + b"\\" * 3_000 + b'"',
    b"Subject: =?punycode?q?a?= =?utf-7?b?/////?= =?" + b"x" * 500 + b"?q??=",
    b"Date: 99999999999999999999, 99 Foo 99999 99:99:99 +9999999999",
    b"Received: a\0b\rc",
    b"Message-ID: \xff\xfe\xed\xa0\x80",
    b"Content-Type: multipart/mixed" + b"; boundary*0=a" * 400,
    b"Content-Type: message/partial; number=" + b"9" * 5_000,
    b"Content-Transfer-Encoding: \xed\xa0\x80" + b"(" * 900,
    b"References: " + b"<a@b> " * 8_000,
)
#: The fields above a forged copy. With each of them, the copy is dropped or held.
_ABOVE: tuple[bytes, ...] = (
    b"Received: from a by b; x\r\n" * 51,
    b"Delivered-To: autoresponder\r\n",
    b"",
    b"X-Spam-Flag: YES\r\n",
    b"X-Received: " + b"a" * 60_000 + b"\r\n",
    b"Received: a\0b\r\n",
    b"Received: a\rb\r\n",
    b"Received: =?punycode?q?a?=\r\n",
)
_QUESTION = next(update for update in UPDATES if PEOPLE[update.recipients[0]].tenant == LAW)
_PERSON = PEOPLE[_QUESTION.recipients[0]]


class Hostile(SideBySide):
    """Writes between entry and exit. `poison` and `slow` are the texts of the mails that were sent."""

    def __init__(self, ways: Ways, chance: Random) -> None:
        super().__init__()
        self.poison: set[str] = set()
        self.slow: set[str] = set()
        self._ways, self._chance = ways, chance
        bench = ways.bench
        seed.post(bench.database, bench.planted, _QUESTION)
        wait_until(lambda: bool(bench.sink.to(_PERSON.email)), seconds=60, what="the update mail to the other tenant")
        self._reply_to = mailprogram.read(bench.sink.to(_PERSON.email)[0]).reply_to
        self.work(self._write)

    def copy_first(self, letter: Letter) -> None:
        """Sends a copy of a mail that is not sent yet, with a trace field that gets the copy dropped or held."""
        above = self._chance.choice(_ABOVE)
        self._ways.by_lmtp(Letter(COPIER if above else "", letter.recipient, above + letter.data))

    def _write(self) -> None:
        number = 0
        while not self.over.wait(1 / RATE):
            number += 1
            if number % _SLOW == 0:
                self._write_slow(number)
            else:
                self._write_poison(number)

    def _write_poison(self, number: int) -> None:
        words = f"Poison {number} about soak."
        field = self._chance.choice(POISON)
        others = (
            f"From: {SENDER}\r\n" * (not field.startswith(b"From")) + f"Message-ID: <poison.{number}@evil.example>\r\n"
        )
        data = field + b"\r\n" + others.encode() + f"\r\n{words}\r\n".encode()
        letter = Letter(SENDER, self._ways.bench.reply_to, data)
        way = self._chance.random()
        if way < 0.4:
            self._ways.by_maildir(letter)
        elif way < 0.8:
            self._ways.by_imap(letter, f"poison{number}")
        else:
            self._ways.by_lmtp(letter)
        self.poison.add(words)

    def _write_slow(self, number: int) -> None:
        words = f"Slow {number} about soak."
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = _PERSON.email, self._reply_to, "Re: soak"
        mail["Message-ID"], mail["Date"] = f"<slow.{number}@post.example>", "Mon, 23 Nov 2026 12:00:00 +0000"
        mail.set_content(words)
        for at in range(5):
            data = slow_pdf(_OBJECTS) + b"\n%%%d.%d" % (number, at)
            mail.add_attachment(data, maintype="application", subtype="pdf", filename=f"slow{at}.pdf")
        self._ways.by_lmtp(Letter(_PERSON.email, self._reply_to, mail.as_bytes()))
        self.slow.add(words)
