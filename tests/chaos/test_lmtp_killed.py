"""SIGKILL of the LMTP server at every step between read, blob, row, commit and reply, under load of 1,000 mails.

The senders are the observers: at each death, every mail for which they read "250" is in the database and in the blob
store. They send all other mails again. In the end each mail is in custody once.
"""

import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from queue import Empty, SimpleQueue

import pytest
from sqlalchemy import text

from ops.embedded.process import free_port
from schemas.settings import Settings
from storage.blobs.store import Blobs
from storage.database import Database
from storage.resources import Resources
from tests.builders.command import environment
from tests.builders.world import World, make_world
from tests.chaos.lmtp_process import POINTS
from tests.contract.rig import ROUNDS

MAILS = 1_000
SENDERS = 8
#: How often a point is passed until the process dies there: by mails, and by groups of mails.
EACH_MAIL, EACH_GROUP = 100, 20


class Senders:
    """Sends mails until each is accepted. `accepted` are the recipients for whose mail "250" was read; `again` counts
    the failed attempts."""

    def __init__(self, port: int, domain: str, count: int) -> None:
        self._port = port
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._threads = [threading.Thread(target=self._send_all) for _ in range(SENDERS)]
        self.wanted = {f"case-{number}@{domain}" for number in range(count)}
        self.accepted: set[str] = set()
        self.again = 0
        for recipient in self.wanted:
            self._waiting.put(recipient)

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Starts the senders, and waits at the end of the block until all mails are accepted."""
        for thread in self._threads:
            thread.start()
        yield
        for thread in self._threads:
            thread.join()

    @property
    def busy(self) -> bool:
        """Whether senders still work."""
        return any(thread.is_alive() for thread in self._threads)

    def _send_all(self) -> None:
        client = None
        while True:
            try:
                recipient = self._waiting.get_nowait()
            except Empty:
                break
            while recipient not in self.accepted:
                try:
                    client = client or smtplib.LMTP("127.0.0.1", self._port, timeout=90)
                    client.sendmail("a@x.example", [recipient], mail(recipient))
                    self.accepted.add(recipient)
                except (OSError, smtplib.SMTPException):
                    self.again += 1
                    client = None
                    time.sleep(0.1)
        if client is not None:
            client.close()


def mail(recipient: str) -> bytes:
    """Returns the mail for a recipient: always the same, however often it is sent."""
    return f"From: a@x.example\r\nSubject: for {recipient}\r\n\r\n{'x' * 2_000}\r\n".encode()


def custody(resources: Resources, world: World) -> tuple[list[str], int]:
    """Returns the recipients of the mails whose row and bytes are there, and how many copies came in later."""
    with resources.database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select recipient, raw, state, duplicate_of from mails")).all()
    for row in rows:
        assert resources.blobs.get(row.raw) == mail(row.recipient)
    assert {row.state for row in rows if row.duplicate_of} <= {"dropped"}
    return [row.recipient for row in rows if not row.duplicate_of], sum(1 for row in rows if row.duplicate_of)


def running(resources: Resources, port: int, point: str) -> subprocess.Popen[bytes]:
    """Starts the server, which dies at the point."""
    count = EACH_MAIL if point in {"read", "reply"} else EACH_GROUP
    more = {"CASEMAIL_LMTP_PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chaos.lmtp_process", point, str(count)],
        env=environment(resources.settings) | more,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture
def resources(own_database: Settings) -> Iterator[Resources]:
    """Yields the resources of a cluster of its own, as the server is started as a whole."""
    with closing(Database(own_database.database.url)) as database:
        yield Resources(own_database, database, Blobs(own_database.blobs.url))


@pytest.fixture
def world(own_database: Settings) -> World:
    """Returns a new tenant of that cluster."""
    return make_world(str(own_database.database.owner_url))


@pytest.mark.timeout(900)
def test_killed_at_every_step_nothing_is_lost_or_doubled_and_250_never_came_before_custody(
    resources: Resources, world: World
) -> None:
    port = free_port()
    senders = Senders(port, world.mail_domain, MAILS)
    died = []
    with senders.sending():
        for point in POINTS * max(1, ROUNDS // 2):
            server = running(resources, port, point)
            until(lambda server=server: server.poll() is not None or not senders.busy)  # type: ignore[misc]
            if not senders.busy:
                server.kill()
                server.wait()
                break
            accepted = set(senders.accepted)  # for each of these a process that is dead now replied "250"
            assert accepted <= set(custody(resources, world)[0])
            died.append(point)
        last = running(resources, port, "never")
        until(lambda: not senders.busy)
    last.terminate()
    last.wait(30)
    entered, again = custody(resources, world)
    assert set(died) == set(POINTS), "it died at every step"
    assert senders.accepted == senders.wanted == set(entered)
    assert len(entered) == MAILS
    print(f"{len(died)} kills, {senders.again} sent again, {again} of them after custody: lost 0, twice 0")
