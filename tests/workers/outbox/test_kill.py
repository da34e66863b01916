"""The sending process gets SIGKILL in the middle of an order: at most one mail goes out twice, the last that the server
had taken, and it has the same Message-ID both times."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from ops.demo.smtp_server import SmtpServer
from schemas.records import SendOrder
from storage.resources import Resources
from tests.builders.child_processes import environment_of
from tests.builders.outbox import orders, states
from tests.builders.world import World
from workers.outbox.stage import send

MAILS = 12
CHILD = """
import sys
from schemas.records import SendOrder
from schemas.settings import load
from storage.resources import open_resources
from workers.outbox.stage import send
send(SendOrder.model_validate_json(sys.argv[1]), open_resources(load()))
"""


class Killer:
    """A mail server that keeps every Message-ID, and kills `victim` at the `at`-th `verb`."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.victim: subprocess.Popen[bytes] | None = None
        self.verb, self.at = "", 0
        self._seen = Counter[str]()

    def _perhaps_kill(self, verb: str) -> None:
        self._seen[verb] += 1
        if verb == self.verb and self._seen[verb] == self.at and self.victim is not None:
            self.victim.send_signal(signal.SIGKILL)
            self.victim.wait()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self._perhaps_kill("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        self._perhaps_kill("DATA")
        return "250 OK"


@pytest.fixture
def killer(resources: Resources) -> Iterator[tuple[Killer, Resources]]:
    """Yields the mail server, and resources that send to it."""
    server = Killer()
    controller = SmtpServer(server)
    controller.start()
    yield (
        server,
        Resources(resources.settings.replace(smtp_port=controller.port), resources.database, resources.blobs),
    )
    controller.stop()


def child(order: SendOrder, resources: Resources) -> "subprocess.Popen[bytes]":
    """Starts a process that works the order off."""
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, order.model_dump_json()], env=environment_of(resources.settings)
    )


@pytest.mark.parametrize(("verb", "most_doubles"), [("RCPT", 0), ("DATA", 1)])
@pytest.mark.parametrize("at", [1, 2, 7, MAILS])
def test_a_kill_in_the_middle_of_an_order_doubles_at_most_one_mail(
    killer: tuple[Killer, Resources], world: World, verb: str, most_doubles: int, at: int
) -> None:
    server, resources = killer
    for _ in range(MAILS):
        world.post(resources.database, "staff")
    (order,) = orders(resources.database, world)
    server.verb, server.at = verb, at
    server.victim = child(order, resources)
    assert server.victim.wait(60) == -signal.SIGKILL
    # all mails before the `at`-th are noted as sent; at DATA, the server has taken one more than is noted
    assert Counter(state for state, _, _ in states(world))["sent"] == at - 1
    server.victim = None
    send(order, resources)
    assert Counter(state for state, _, _ in states(world)) == {"sent": MAILS}
    counts = Counter(server.taken)
    assert len(counts) == MAILS
    assert sum(counts.values()) - MAILS == most_doubles


def test_two_who_work_the_same_order_off_at_once_send_each_mail_once(
    killer: tuple[Killer, Resources], world: World
) -> None:
    server, resources = killer
    for _ in range(20):
        world.post(resources.database, "staff")
    (order,) = orders(resources.database, world)
    others = [child(order, resources) for _ in range(3)]
    assert [other.wait(60) for other in others] == [0, 0, 0]
    assert Counter(Counter(server.taken).values()) == {1: 20}
    assert Counter(state for state, _, _ in states(world)) == {"sent": 20}
