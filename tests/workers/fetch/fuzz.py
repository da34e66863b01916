"""Brings in mails with mutated headers by every kind of source; no mail may stop the mails after it.

    python -m tests.workers.fetch.fuzz --mails 100000 --seed 7

takes this many mails into custody, `--share` of them by each way through real servers, and prints the results. The exit
code is 1 if a mail is missing. `make test` plays a short round of each way.

Longer than other files, as its parts work on one run.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import trustme
from sqlalchemy import text

from ops.embedded import Postgres
from schemas.tables import OPERATOR, SourceKind
from storage.blobs.store import Blobs
from storage.database import Database
from storage.migrations import upgrade
from storage.resources import Resources
from storage.source_rows import ensure_source
from tests.builders import mailboxes
from tests.builders.lmtp_client import Talk
from tests.builders.pushed_mails import add_webhook, signed
from tests.builders.world import World, make_settings, make_world
from tests.servers.dovecot import Dovecot
from tests.servers.lmtp import serving as lmtp_serving
from tests.servers.webhooks import serving
from workers import metrics
from workers.fetch.custody import CustodyService
from workers.fetch.entering import Entry, SourceMail, arrivals, enter
from workers.fetch.pull.stage import fetch
from workers.fetch.push import ingest
from workers.fetch.push.endpoints import Provider
from workers.fetch.push.ingest import Envelope

_DECLARED = ("Delivered-To", "X-Original-To")
#: Names of fields: those that casemail reads, other fields, and names at which some parsers end the header.
_READ = (*("To", "Cc") * 3, "Delivered-To", "X-Original-To", "Return-Path")
_OTHERS = ("From", "Received", "Date", "Message-ID", "Subject", "Content-Type", "X-Spam-Flag", "Content-Length")
_ODD = ("", "\xff", "To ", " To", "TO\t", "\0", "From x", ">From")
#: Pieces of field values; `_DEEP` are pieces whose repetition, deep or long, has stopped parsers.
_PIECES: tuple[bytes, ...] = (
    *(
        b": ",
        b":",
        b"\r\n",
        b"\n",
        b"\r",
        b"\r\n ",
        b"\n\t",
        b" ",
        b"\t",
        b"(",
        b")",
        b"<",
        b">",
        b'"',
        b"\\",
        b",",
        b";",
    ),
    *(
        b"a@b.c",
        b"@",
        b".",
        b"[",
        b"]",
        b"=?utf-8?b?YQ==?=",
        b"=?x?q?a?=",
        b"=?utf-8?q?=00?=",
        b"\xff",
        b"\xed\xa0\x80",
    ),
    *(b"\x00", b"\x85", b"\xe2\x80\xa8", b"From ", b">From x", b"g:", b"--", b"\x1b[2J", b"%s", b"\xf0\x9f\x92\xa9"),
    *(b"Mon, 99 Foo 99999 99:99:99 +9999", b"9" * 400, b"-1", b"\xc2\xb2", b"\xd9\xa5", b"{2147483648}", b"* BYE"),
)


_DEEP = (b"(", b"g:", b"<", b"[", b'"', b"\\", b"=?x?q?a?= ", b"a@b,", b"\r\n ", b'"a@b,', b"\xff")


def mutated(rnd: random.Random, mail_domain: str) -> bytes:
    """Returns a mail with a mutated header and a unique body."""
    names = (*_READ, *_OTHERS, *(_ODD if rnd.random() < 0.5 else ()))
    lines = [
        rnd.choice(names).encode("latin-1") + rnd.choice((b": ", b": ", b":")) + _value(rnd, mail_domain)
        for _ in range(rnd.randrange(1, 13))
    ]
    end = rnd.choice((b"\r\n", b"\r\n", b"\n"))
    return end.join(lines) + end * 2 + uuid4().hex.encode() + end


def _value(rnd: random.Random, mail_domain: str) -> bytes:
    if rnd.random() < 0.1:
        return rnd.choice(_DEEP) * rnd.choice((50, 600, 1_400, 20_000))
    if rnd.random() < 0.001:
        return rnd.choice(_PIECES) * 20_000
    ours = f"case-{rnd.randrange(9)}@{mail_domain}".encode()
    return b"".join(rnd.choice((*_PIECES, ours)) for _ in range(rnd.randrange(20)))


def good(mail_domain: str) -> bytes:
    """Returns an ordinary mail."""
    return f"Delivered-To: case-1@{mail_domain}\r\nFrom: a@x.example\r\n\r\n{uuid4()}\r\n".encode()


@dataclass
class Ways:
    """The ways into casemail: each takes mails and returns how many are in custody, or raises what stopped it."""

    resources: Resources
    world: World
    dovecot: Dovecot
    folder: Path

    def all(self) -> dict[str, Callable[[Sequence[bytes]], int]]:
        """Returns the ways that need servers or folders, by name."""
        return {
            "IMAP": lambda raws: self._mailbox(raws, SourceKind.IMAP),
            "POP3": lambda raws: self._mailbox(raws, SourceKind.POP3),
            "Maildir": self._maildir,
            "LMTP": self._lmtp,
            "webhook": self._webhook,
            "ingest": self._ingest,
        }

    def custody(self, raws: Sequence[bytes]) -> int:
        """Takes the mails through recipient detection into custody, fifty at a time, without a server."""
        custody, batch, taken = CustodyService(self.resources), uuid4(), 0
        for start in range(0, len(raws), 50):
            entries = [
                Entry(arrivals(SourceMail(raw, str(start)), _DECLARED, custody, 25_000_000))
                for raw in raws[start : start + 50]
            ]
            taken += len(enter(custody, batch, entries))
        return taken

    def _mailbox(self, raws: Sequence[bytes], kind: SourceKind) -> int:
        box = self.dovecot.mailbox(uuid4().hex)
        box.fill({f"n{place}": raw for place, raw in enumerate(raws)})
        options = mailboxes.options(self.dovecot, box.user, kind, after="delete")
        source = mailboxes.add(self.resources, self.world, options, kind=kind)
        self._fetch(source)
        assert box.bodies() == []
        return self._taken(source)

    def _maildir(self, raws: Sequence[bytes]) -> int:
        box = self.folder / uuid4().hex
        for name in ("new", "cur", "tmp"):
            (box / name).mkdir(parents=True)
        for place, raw in enumerate(raws):
            (box / "new" / f"{place}.mail").write_bytes(raw)
        with self.resources.database.system() as connection:
            source = ensure_source(connection, SourceKind.MAILDIR, box.name, location=str(box))
        self._fetch(source)
        assert list((box / "new").iterdir()) == []
        return self._taken(source)

    def _fetch(self, source: UUID) -> None:
        before = None
        while (left := self._taken(source)) != before:  # a fetch ends when its time is over
            before = left
            fetch(mailboxes.order(self.resources, source), self.resources)
        after = mailboxes.row(self.resources, source)
        assert (after.last_error, after.left_behind) == ("", 0)

    def _taken(self, source: UUID) -> int:
        with self.resources.database.system() as connection:
            found = "select sum(taken) from batches where source_id = :id"
            return int(connection.execute(text(found), {"id": source}).scalar() or 0)

    def _lmtp(self, raws: Sequence[bytes]) -> int:
        taken = 0
        with lmtp_serving(self.resources) as settings, Talk(settings) as client:
            client.say("LHLO fuzz")
            for raw in raws:
                assert client.say("MAIL FROM:<a@x.example>", f"RCPT TO:<case-1@{self.world.mail_domain}>")[:3] == b"250"
                client.say("DATA")
                taken += client.send_mail(raw).startswith(b"250")
        return taken

    def _webhook(self, raws: Sequence[bytes]) -> int:
        path, secret = add_webhook(self.resources, Provider.GENERIC)
        with serving(self.resources) as url, httpx.Client(timeout=60) as client:
            answers = [client.post(f"{url}/in/{path}", content=raw, headers=_unaddressed(secret, raw)) for raw in raws]
        return sum(answer.status_code == 200 for answer in answers)

    def _ingest(self, raws: Sequence[bytes]) -> int:
        box = self.folder / uuid4().hex
        for name in ("new", "cur", "tmp"):
            (box / name).mkdir(parents=True)
        for place, raw in enumerate(raws):
            (box / "new" / f"{place}.mail").write_bytes(raw)
        mails = ingest.read_path(box, self.resources.settings.limits.mail)
        return ingest.take(self.resources, uuid4().hex, mails, Envelope())


def _unaddressed(secret: str, raw: bytes) -> dict[str, str]:
    """Returns the headers of a signed request without an envelope, so that casemail reads it from the mail."""
    headers = signed(secret, raw, "", sender="")
    return {name: value for name, value in headers.items() if name not in ("Casemail-Recipient", "Casemail-Sender")}


def mixed(rnd: random.Random, mail_domain: str, count: int) -> list[bytes]:
    """Returns this many mutated mails, with a good mail at every twentieth place."""
    raws = [mutated(rnd, mail_domain) for _ in range(count)]
    for place in range(0, len(raws) + 1, 20):
        raws.insert(place, good(mail_domain))
    return raws


def main(arguments: Sequence[str]) -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=100_000, help="mutated mails in all")
    parser.add_argument("--share", type=int, default=2_000, help="of these, by each way through a server")
    parser.add_argument("--seed", type=int, default=7, help="what chance starts from")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        ways = _ways(stack)
        rnd, missing = random.Random(options.seed), 0
        for name, way, count in _plan(ways, options.mails, options.share):
            begun, raws = time.monotonic(), mixed(rnd, ways.world.mail_domain, count)
            taken = way(raws)
            missing += len(raws) - taken
            words = f"{taken:7} of {len(raws):7} are in custody, {time.monotonic() - begun:6.1f} s"
            print(f"{name:8} {count:7} mutated and {len(raws) - count:5} good: {words}", flush=True)
        with ways.resources.database.system() as connection:
            found = text("select count(*) from mails where tenant_id = :id")
            held = connection.execute(found, {"id": OPERATOR}).scalar_one()
        unread = {step: int(metrics.NOT_READ.labels(step)._value.get()) for step in metrics.STEPS}
        print(f"seed {options.seed}: {missing} are missing; for nobody known: {held}; could not be read: {unread}")
    return int(missing > 0)


def _ways(stack: ExitStack) -> Ways:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    server = stack.enter_context(Postgres(folder / "postgres"))
    upgrade(server.owner_url, server.url)
    dovecot = stack.enter_context(Dovecot(authority))
    database = Database(server.url)
    stack.callback(database.close)
    more = {"source_ca_file": ca_file, "source_private": True, "disk_reserve": 0}
    settings = make_settings(server.url, folder).replace(**more)
    return Ways(Resources(settings, database, Blobs(settings.blobs.url)), make_world(server.owner_url), dovecot, folder)


def _plan(ways: Ways, mails: int, share: int) -> Iterator[tuple[str, Callable[[Sequence[bytes]], int], int]]:
    each = min(share, mails // 7)
    for name, way in ways.all().items():
        yield name, way, each
    left = mails - 6 * each
    while left:
        yield "custody", ways.custody, min(left, 20_000)
        left -= min(left, 20_000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
