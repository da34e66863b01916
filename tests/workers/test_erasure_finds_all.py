"""After a person is erased, nothing of them is left. The person writes in every possible way; after the erasure, every
table, the blob store and the logs are searched for each of their addresses and words.
"""

import io
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import text

from cases.erasure.erase import ERASED_WORDS, erase, preview
from cases.erasure.names import ERASED_NAME
from cases.outgoing import letters
from cases.people import aliases
from schemas.tables import Batch, OutboxKind, Source, SourceKind, Via, new_id, now
from storage import stored_files
from storage.ledger import retention
from storage.resources import Resources
from tests.builders.conservation import line
from tests.builders.rows import add, add_file, add_update, run
from tests.builders.world import World
from tests.servers.pipeline import broker, names, reply, resources, server, settings, world
from workers.broker import KafkaBroker
from workers.fetch.custody import Arrival, CustodyService

__all__ = ["broker", "names", "resources", "server", "settings", "world"]
NAME = "Zed Person"


class Zed:
    """The person who is erased: `secret` is a word that occurs only in what they write and in what is about them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.secret = f"zedword{uuid4().hex[:8]}"
        self.id = world.people["client"]
        self.address = world.email("client")
        self.alias = f"zed.alias.{world.slug}@other.example"
        self.sub_address = self.address.replace("@", "+home@")

    @property
    def words(self) -> list[str]:
        return [self.address, self.alias, self.sub_address, self.secret, NAME.lower(), "zed.alias"]

    def mail(self, sender: str, recipient: str, *attached: tuple[str, str, bytes], body: str = "Hello") -> Arrival:
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = f"{NAME} <{sender}>", recipient, f"Re: {self.secret}"
        made["Message-ID"] = f"<{uuid4()}@people.example>"
        made.set_content(f"{body} {self.secret}\n\n-- \n{NAME} {self.address}\n")
        for name, kind, content in attached:
            main, _, sub = kind.partition("/")
            made.add_attachment(content, maintype=main, subtype=sub, filename=name)
        return Arrival(made.as_bytes(), recipient, sender, "test")


def photo(secret: str) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((128, 128), 80).convert("RGB").save(file, "JPEG")
    return file.getvalue() + secret.encode()


def report(zed: Zed, recipient: str) -> Arrival:
    """Returns a delivery report about a notice to the person."""
    raw = (
        f"From: MAILER-DAEMON@x.example\r\nTo: {recipient}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\n{zed.secret}\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; {zed.address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 no {zed.secret} here\r\n\r\n--b--\r\n"
    )
    return Arrival(raw.encode(), recipient, "", "test")


def write_in_every_way(zed: Zed, resources: Resources) -> int:
    """Writes mails by and about the person, updates by the form, and letters to the person; returns the number of mails
    that came in."""
    world, custodian = zed.world, CustodyService(resources)
    run(world, "update users set name = :name where id = :id", name=NAME, id=zed.id)
    run(world, "update tenants set receipts = 'always', authentication = 'shadow' where id = :id", id=world.tenant_id)
    with resources.database.tenant(world.tenant_id) as connection:
        assert not aliases.ask(connection, world.tenant_id, zed.id, zed.alias, by=zed.id, tell_taken=False)
        (alias_id,) = connection.execute(text("select id from email_aliases")).scalars()
        assert aliases.confirm(connection, world.tenant_id, alias_id)
        content = {"subject": f"{NAME} is a member now", "text": f"Write to {zed.address}"}
        manager = world.email("manager")
        letters.post(connection, world.tenant_id, OutboxKind.ASSIGNMENT, [(manager, content), (zed.address, content)])
    to = reply(world, resources, "client").recipient
    attached = [("a photo.jpg", "image/jpeg", photo(zed.secret)), (f"{zed.secret}.exe", "application/x-x", b"MZ")]
    twice = zed.mail(zed.address, to, body="Twice")
    unknown = f"{zed.address.replace('@', '=')}@{world.mail_domain}"
    rosa = reply(world, resources, "member", "Rosa's own words.")
    arrivals = [
        zed.mail(zed.address, to, *attached),
        zed.mail(zed.alias, to, body="By alias"),
        zed.mail(zed.address, to, body=f"Long {zed.secret} " * 2_000),
        zed.mail(zed.sub_address, to, body="From home"),
        zed.mail(zed.address, f"nobody@{world.mail_domain}", body="Lost"),
        zed.mail(zed.address, unknown, body="Lost, too"),
        twice,
        report(zed, to),
        rosa,
    ]
    custodian.take(new_id(), arrivals)  # so that they are stored in one pack
    custodian.take(new_id(), [twice])
    source = Source(kind=SourceKind.IMAP, name="box", tenant_id=world.tenant_id, last_error=f"NO <{zed.address}>")
    add(world, source)
    add(world, Batch(source_id=source.id, error=f"{zed.alias} is over quota", finished_at=now()))
    update_id = add_update(world, "client", f"By the form {zed.secret}", via=Via.FORM)
    with resources.database.tenant(world.tenant_id):
        blob = stored_files.put(resources.database, resources.blobs, world.tenant_id, [f"file {zed.secret}".encode()])[
            0
        ]
    add_file(world, update_id, f"{zed.secret}.txt", blob)
    cut = [{"kind": "quote", "before": 0, "text": f"On Monday {NAME} <{zed.address}> wrote:", "confidence": 1.0}]
    add_update(world, "member", f"Ask {zed.address.upper()}.", cut=cut)
    return len(arrivals) + 1


def await_end(world: World, mails: int) -> None:
    until = time.monotonic() + 120
    query = "select count(*) from mails where tenant_id = :id and ended_at is not null"
    while run(world, query, id=world.tenant_id) != [(mails,)]:
        assert time.monotonic() < until, run(
            world, "select state, reason from mails where tenant_id = :id", id=world.tenant_id
        )
        time.sleep(0.1)


def rows_with(world: World, words: list[str]) -> Iterator[str]:
    """Yields each row of each table that contains one of the words, as PostgreSQL prints it."""
    tables = run(world, "select table_name from information_schema.tables where table_schema = 'public'")
    for (table,) in tables:
        for (row,) in run(world, f"select t::text from {table} t"):
            if any(word in row.lower() for word in words):
                yield f"{table}: {row}"


def blobs_with(resources: Resources, words: list[str]) -> list[str]:
    folder = Path(resources.settings.blobs.url)
    held = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in held if any(word.encode() in path.read_bytes().lower() for word in words)]


def sweep(resources: Resources, world: World) -> None:
    """Runs the dispatcher's sweeps as if the files had been stored an hour ago."""
    run(world, "update batches set closed_at = now() where closed_at is null")
    run(world, "update stored_contents set touched_at = now() - interval '1 hour'")
    while retention.sweep(resources.database, resources.blobs, most=100).total():
        pass
    stored_files.sweep(resources.database, resources.blobs, most=100)


def test_nothing_is_left_of_a_person_who_was_erased_with_updates_and_account(
    broker: KafkaBroker, resources: Resources, world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    zed = Zed(world)
    mails = write_in_every_way(zed, resources)
    await_end(world, mails)
    assert len(list(rows_with(world, zed.words))) > 20
    assert len(blobs_with(resources, zed.words)) > 3
    admin = world.people["admin"]
    who, expected = preview(
        resources.database, world.tenant_id, zed.alias.upper(), by=admin, updates=True, account=True
    )
    assert (who.name, set(who.forms)) == (NAME, {zed.address, zed.alias})
    with resources.database.tenant(world.tenant_id) as connection:
        done = erase(connection, world.tenant_id, zed.alias, by=admin, updates=True, account=True)
    assert done == expected
    assert (done.mails, done.reports, done.aliases, done.account) == (mails - 2, 1, 1, True)
    assert min(done.updates, done.files, done.letters, done.recipients, done.mentions) > 0
    sweep(resources, world)
    assert list(rows_with(world, zed.words)) == []
    assert blobs_with(resources, zed.words) == []
    printed = capfd.readouterr()
    assert not [word for word in zed.words if word in (printed.out + printed.err).lower()]
    assert line(resources.database, world).unaccounted == 0
    rosas = run(world, "select raw from mails where author = :email", email=world.email("member"))
    assert b"Rosa's own words." in resources.blobs.get(rosas[0].raw)


def test_who_sees_what_stays_and_updates_stay_under_an_erased_person(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    zed = Zed(world)
    await_end(world, write_in_every_way(zed, resources))
    columns = "id, case_id, author_id, access_group_id, validated, posted_at"
    query = f"select {columns} from updates where tenant_id = :id order by id"
    before = run(world, query, id=world.tenant_id)
    with resources.database.tenant(world.tenant_id) as connection:
        done = erase(connection, world.tenant_id, zed.address, by=None, account=True)
    assert run(world, query, id=world.tenant_id) == before
    user = run(world, "select * from users where id = :id", id=zed.id)[0]
    assert (user.name, user.email, user.active, user.password_hash) == (ERASED_NAME, "", False, "")
    texts = [row.text for row in run(world, "select text from updates where author_id = :id", id=zed.id)]
    assert done.kept == len(texts) > 2
    assert ERASED_WORDS not in texts
    assert all(zed.secret in words and zed.address not in words for words in texts)
    kept = run(
        world, "select text, cut from updates where author_id = :id and text like 'Ask%'", id=world.people["member"]
    )
    assert kept[0].text == "Ask [erased]."
    assert zed.address not in str(kept[0].cut)


def test_without_the_account_it_works_on_and_all_that_came_by_mail_goes(
    broker: KafkaBroker, resources: Resources, world: World
) -> None:
    zed = Zed(world)
    await_end(world, write_in_every_way(zed, resources))
    with resources.database.tenant(world.tenant_id) as connection:
        done = erase(connection, world.tenant_id, zed.address, by=None, updates=True)
    sweep(resources, world)
    assert not done.account
    assert blobs_with(resources, zed.words) == []
    left = {row.partition(":")[0] for row in rows_with(world, [zed.secret])}
    assert left == set()
    assert run(world, "select active, email from users where id = :id", id=zed.id) == [(True, zed.address)]
    waiting = "select kind from outbox where to_email = :email and state = 'waiting' and kind = 'receipt'"
    assert run(world, waiting, email=zed.address) == []
