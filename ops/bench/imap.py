"""A mailbox at an IMAP server, for the benchmark of custody: casemail's fetch of it, and a bare imap-tools loop."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid4

import psutil
from imap_tools import BaseMailBox, MailBoxUnencrypted
from sqlalchemy import text

from cases.inbound import sources
from cases.refusal import Refusal
from ops.bench.bare_lmtp import keep
from ops.bench.generator import Load, traced
from schemas.mailboxes import MailboxOptions, MailboxSecret, Security
from schemas.records import FetchOrder
from schemas.tables import OldMails, SourceKind
from storage.resources import Resources
from storage.secret_box import SecretBox
from workers.fetch.pull.stage import fetch

#: Mails that the bare loop reads with one command and moves with another.
_AT_ONCE = 50
#: Mailboxes that are fetched side by side to measure their memory, and the seconds between two readings of it.
SOURCES, _LOOK_SECONDS = 50, 0.02
_LEASE = text("update sources set lease = lease + 1 where id = :id returning lease")


@dataclass(frozen=True)
class Server:
    """An IMAP server and a log-in there. `parse` reads `imap://user:password@host:port`, in clear."""

    host: str
    port: int
    username: str
    password: str

    @classmethod
    def parse(cls, url: str) -> "Server":
        """Reads a URL. Raises ValueError when it has another form."""
        parts = urlsplit(url)
        if parts.scheme != "imap" or not (parts.hostname and parts.username and parts.password):
            raise ValueError("an IMAP server is named as imap://user:password@host:port")
        return cls(parts.hostname, parts.port or 143, unquote(parts.username), unquote(parts.password))

    def open(self, folder: str) -> BaseMailBox:
        """Logs in and returns the mailbox with this folder selected."""
        return MailBoxUnencrypted(self.host, self.port).login(self.username, self.password, folder)

    def fill(self, load: Load) -> str:
        """Puts the mails into a new folder, and returns its name."""
        name = uuid4().hex
        with self.open("INBOX") as mailbox:
            mailbox.folder.create(name)
            mailbox.folder.create(f"{name}-done")
            for person, raw in load:
                mailbox.append(traced(person, raw), name)
        return name


def ours(resources: Resources, server: Server) -> Callable[[Load], float]:
    """Returns a function that fetches a load in one batch, moves each mail once it is in custody, and returns the
    seconds."""

    def take(load: Load) -> float:
        order = order_fetch(resources, _source(resources, server, server.fill(load)))
        begun = time.perf_counter()
        fetch(order, resources)
        return time.perf_counter() - begun

    return take


def memory(resources: Resources, server: Server, load: Load) -> float:
    """Fetches `SOURCES` mailboxes side by side, each with the load; returns the highest rise of memory, in MB."""
    orders = [order_fetch(resources, _source(resources, server, server.fill(load))) for _ in range(SOURCES)]
    process, most = psutil.Process(), [0]
    before = process.memory_info().rss
    with ThreadPoolExecutor(SOURCES) as pool:
        running = [pool.submit(fetch, order, resources) for order in orders]
        while not all(fetched.done() for fetched in running):
            most.append(process.memory_info().rss)
            time.sleep(_LOOK_SECONDS)
        for fetched in running:
            fetched.result()
    return (max(most) - before) / 1e6


def bare(server: Server, folder: Path | None = None) -> Callable[[Load], float]:
    """Returns a function that reads and moves a load with imap-tools; with `folder`, it keeps each mail there."""

    def take(load: Load) -> float:
        name = server.fill(load)
        begun = time.perf_counter()
        with server.open(name) as mailbox:
            uids = mailbox.uids()
            for start in range(0, len(uids), _AT_ONCE):
                group = uids[start : start + _AT_ONCE]
                for mail in mailbox.fetch(f"UID {','.join(group)}", mark_seen=False, bulk=True):
                    if folder:
                        keep(folder / uuid4().hex, mail.obj.as_bytes())
                mailbox.move(group, f"{name}-done")
        return time.perf_counter() - begun

    return take


def _source(resources: Resources, server: Server, folder: str) -> UUID:
    options = MailboxOptions(
        host=server.host,
        port=server.port,
        security=Security.NONE,
        username=server.username,
        folder=folder,
        move_to=f"{folder}-done",
        idle=False,
    )
    secret = MailboxSecret(password=server.password)
    seal = SecretBox.from_settings(resources.settings)
    wanted = sources.Wanted(folder, SourceKind.IMAP, options, secret)
    with resources.database.system() as connection:
        added = sources.add(connection, sources.Actor(None, by_operator=True), seal, wanted, old_mails=OldMails.ALL)
    assert not isinstance(added, Refusal), added
    return added


def order_fetch(resources: Resources, source: UUID) -> FetchOrder:
    """Leases a source and returns the order to fetch it."""
    with resources.database.system() as connection:
        return FetchOrder(source_id=source, lease=connection.execute(_LEASE, {"id": source}).scalar_one())
