"""A casemail with two tenants: a person of the first sends mails with slow files, a person of the second plain answers
and forms with a photo."""

import os
import time
from base64 import encodebytes
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from uuid import uuid4

from PIL import Image
from sqlalchemy import text

from ops.bench.slow_pdf import slow_pdf
from ops.cluster import Cluster
from ops.demo import mailprogram, seed
from ops.demo.browser import Browser
from ops.demo.delivery import Letter, LmtpClient
from ops.demo.sink import Sink
from ops.demo.waiting import wait_until
from ops.demo.world import PASSWORD, PEOPLE, UPDATES, Person
from schemas.tables import Authentication
from storage.database import Database

#: The sender of slow files, the other person, and the case of the other person.
NOISY, QUIET, CASE = PEOPLE["joe"], PEOPLE["rosa"], "H-2041"

_ENDED = text("""
select extract(epoch from m.ended_at - m.received_at)::float8
from updates u join mails m on m.id = u.mail_id where u.text = :words and m.state = 'posted'
""")
_OPEN = text("select count(*) from mails where ended_at is null")
_END_ALL = text(
    "update mails set state = 'dropped', ended_at = now(), reason = 'not_an_answer' where state = 'waiting'"
)


@dataclass(frozen=True)
class Neighbours:
    """The running cluster; `reply_to` has the addresses that the two people answer to."""

    cluster: Cluster
    database: Database
    planted: seed.Planted
    reply_to: Mapping[str, str]

    def slow_mails(self, count: int, objects: int, files: int = 5) -> Iterator[Letter]:
        """Yields `count` mails of the first tenant, each with `files` different PDFs of `objects` objects."""
        return _slow_mails(self.reply_to[NOISY.key], count, objects, files)

    def start_noise(self, count: int, objects: int) -> BaseProcess:
        """Starts a process that delivers slow mails by LMTP, as fast as they are taken.

        It stands for another machine, and therefore runs at a low priority, which leaves the CPU to casemail.
        """
        settings = self.cluster.settings
        arguments = (settings.lmtp.host, settings.lmtp.port, self.reply_to[NOISY.key], count, objects)
        process = get_context("spawn").Process(target=_send_slow_mails, args=arguments, daemon=True)
        process.start()
        return process

    def send(self, letters: Iterable[Letter]) -> None:
        """Delivers mails by LMTP."""
        settings = self.cluster.settings
        _send(settings.lmtp.host, settings.lmtp.port, letters)

    def plain_mail(self, seconds: float = 120.0) -> float:
        """Sends a plain answer in the second tenant; returns the seconds from custody to its end.

        Raises `WaitedTooLongError`.
        """
        words = f"A plain answer, {uuid4().hex}."
        self.send([_letter(QUIET, self.reply_to[QUIET.key], words, [])])
        found: list[float] = []

        def posted() -> bool:
            with self.database.tenant(self.planted.tenants[QUIET.tenant]) as connection:
                found.extend(connection.execute(_ENDED, {"words": words}).scalars())
            return bool(found)

        wait_until(posted, seconds=seconds, what="a plain answer to post")
        return found[0]

    def photo_form(self, browser: Browser, chance: Random) -> float:
        """Posts a form with a photo in the second tenant; returns the seconds it took."""
        case = f"/cases/{self.planted.cases[CASE]}"
        fields = {"update_id": str(uuid4()), "text": f"With a photo, {uuid4().hex}."}
        photo = a_photo(chance)
        started = time.perf_counter()
        page = browser.attach(case, f"{case}/updates", fields, "photo.jpg", photo, "image/jpeg")
        assert fields["text"] in page, "the form did not post"
        return time.perf_counter() - started

    def log_in(self, person: Person = QUIET) -> Browser:
        """Logs a person in at the console and returns their browser."""
        slug = self.planted.slugs[person.tenant]
        return Browser(self.cluster.settings.console.url, slug=slug, email=person.email, password=PASSWORD)

    def still_open(self, person: Person = NOISY) -> int:
        """Returns how many mails of the person's tenant have not ended."""
        with self.database.tenant(self.planted.tenants[person.tenant]) as connection:
            return int(connection.execute(_OPEN).scalar_one())

    def give_up(self) -> None:
        """Drops the waiting mails of the noisy tenant, and waits until its other mails have ended."""
        with self.database.tenant(self.planted.tenants[NOISY.tenant]) as connection:
            connection.execute(_END_ALL)
        wait_until(lambda: self._given_up() == 0, seconds=900, what="the last slow mails to end")

    def _given_up(self) -> int:
        with self.database.tenant(self.planted.tenants[NOISY.tenant]) as connection:
            connection.execute(_END_ALL)
        return self.still_open()


def a_photo(chance: Random) -> bytes:
    """Returns a JPEG of 1,200 by 900 pixels, different each time."""
    out = BytesIO()
    small = Image.frombytes("RGB", (60, 45), chance.randbytes(60 * 45 * 3))
    small.resize((1_200, 900), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


@contextmanager
def neighbours(folder: Path) -> Iterator[Neighbours]:
    """Runs a casemail in which each of the two people has got an update."""
    with ExitStack() as stack:
        sink = stack.enter_context(Sink())
        overrides = {"smtp_host": sink.host, "smtp_port": str(sink.port), "sender_mails": "0"}
        cluster = stack.enter_context(Cluster(folder, overrides=overrides))
        database = stack.enter_context(closing(Database(cluster.settings.database.url)))
        planted = seed.plant(
            str(cluster.settings.database.owner_url), Authentication.OFF
        )  # the mails have no signatures
        for update in UPDATES:
            seed.post(database, planted, update)
        people = {person.key: person.email for person in (NOISY, QUIET)}
        wait_until(lambda: all(sink.to(email) for email in people.values()), seconds=60, what="the update mails")
        reply_to = {key: mailprogram.read(sink.to(email)[0]).reply_to for key, email in people.items()}
        yield Neighbours(cluster, database, planted, reply_to)


def _send(host: str, port: int, letters: Iterable[Letter]) -> None:
    with LmtpClient(host, port) as client:
        for letter in letters:
            client.send(letter)


def _send_slow_mails(host: str, port: int, reply_to: str, count: int, objects: int) -> None:
    os.nice(10)
    _send(host, port, _slow_mails(reply_to, count, objects))


def _slow_mails(reply_to: str, count: int, objects: int, files: int = 5) -> Iterator[Letter]:
    content = slow_pdf(objects)
    for _ in range(count):
        pdfs = [content + b"\n%" + uuid4().hex.encode() for _ in range(files)]
        named = [(f"scan{number}.pdf", pdf, "application/pdf") for number, pdf in enumerate(pdfs)]
        yield _letter(NOISY, reply_to, uuid4().hex, named)


def _letter(person: Person, reply_to: str, words: str, files: list[tuple[str, bytes, str]]) -> Letter:
    head = (
        f"From: {person.name} <{person.email}>\r\nTo: {reply_to}\r\nSubject: Re: news\r\nIn-Reply-To: <a@b.example>"
        f"\r\nMessage-ID: <{uuid4().hex}@people.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="mix"\r\n\r\n'
    )
    parts = [f"--mix\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n".encode()]
    for name, data, kind in files:
        part = (
            f'--mix\r\nContent-Type: {kind}; name="{name}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'
        )
        parts.append(part.encode() + encodebytes(data).replace(b"\n", b"\r\n"))
    return Letter(person.email, reply_to, head.encode() + b"".join(parts) + b"--mix--\r\n")
