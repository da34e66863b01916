"""Sends to a mail server in few round trips, and to a server that misbehaves."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from schemas.settings import Settings
from tests.workers.outbox.smtp_servers import MAIL, SENT, Keeper, listening, send_one, serving
from workers.outbox.smtp import Outcome, Sender

PIPELINING, PLAIN = b"250-script\r\n250 PIPELINING\r\n", b"250 script\r\n"


@pytest.mark.parametrize(
    "to", ["ann@people.example>\r\nRCPT TO:<x@evil.example", "a b@people.example", "ü@people.example"]
)
def test_an_address_that_smtp_can_not_carry_is_not_sent_to_the_server(settings: Settings, to: str) -> None:
    keeper = Keeper()
    with serving(keeper, settings) as to_server, pytest.raises(ValueError, match="can't carry"):
        send_one(to_server, to)
    assert keeper.mails == []


class Script:
    """A mail server that answers each read with `answer(data)`: None closes the connection, `HANG` sends nothing.

    `reads` holds the bytes of each read; `connections` counts the connections.
    """

    HANG = b""

    def __init__(self, answer: Callable[[bytes], bytes | None], hello: bytes = PIPELINING) -> None:
        self.reads: list[bytes] = []
        self.connections = 0
        self._answer = answer
        self._hello = hello

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"220 script\r\n")
        try:
            while data := await reader.read(1 << 20):
                self.reads.append(data)
                answer = self._hello if data.upper().startswith(b"EHLO") else await self.say(data)
                if answer is None:
                    break
                writer.write(answer)
        finally:
            writer.close()

    async def say(self, data: bytes) -> bytes | None:
        return self._answer(data)


@contextmanager
def playing(script: Script, settings: Settings, timeout: float = 60.0) -> Iterator[Settings]:
    with listening(lambda port: asyncio.start_server(script.serve, "127.0.0.1", port)) as port:
        yield settings.replace(smtp_port=port, smtp_timeout=timeout)


GOOD = {
    b"MAIL": b"250 ok\r\n",
    b"RCPT": b"250 ok\r\n",
    b"DATA": b"354 go\r\n",
    b"RSET": b"250 ok\r\n",
    b"QUIT": b"221 bye\r\n",
}


def answers(**other: bytes) -> Callable[[bytes], bytes]:
    """Returns a function that answers each command in a read; a read that starts with no command is mail data."""
    table = GOOD | {verb.encode(): answer for verb, answer in other.items()}

    def answer(data: bytes) -> bytes:
        lines = data.split(b"\r\n")[:-1]
        if lines[0][:4].upper() not in table:
            return other.get("MESSAGE", b"250 taken\r\n")
        return b"".join(table[line[:4].upper()] for line in lines)

    return answer


def test_sender_recipient_and_data_go_in_one_write_where_the_server_offers_it(settings: Settings) -> None:
    script = Script(answers())
    with playing(script, settings) as to_server:
        assert send_one(to_server) == SENT
    assert script.reads[1] == b"MAIL FROM:<updates@cases.example>\r\nRCPT TO:<ann@people.example>\r\nDATA\r\n"
    assert script.reads[2] == MAIL.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def test_each_command_waits_for_its_answer_where_the_server_does_not_offer_it(settings: Settings) -> None:
    script = Script(answers(), hello=PLAIN)
    with playing(script, settings) as to_server:
        assert send_one(to_server) == SENT
    assert [read[:4].upper() for read in script.reads] == [b"EHLO", b"MAIL", b"RCPT", b"DATA", b"SUBJ", b"QUIT"]


@pytest.mark.parametrize("hello", [PIPELINING, PLAIN])
@pytest.mark.parametrize(
    ("verb", "said", "again"),
    [
        ("RCPT", "550 5.1.1 no such user", False),
        ("RCPT", "450 4.2.1 mailbox busy", True),
        ("MAIL", "553 5.1.8 not you", False),
        ("MAIL", "530 5.7.0 log in first", True),
        ("MESSAGE", "554 5.7.1 spam", False),
        ("MESSAGE", "452 4.3.1 disk full", True),
    ],
)
def test_a_refusal_is_that_of_its_mail_and_the_next_goes_on(
    settings: Settings, hello: bytes, verb: str, said: str, again: bool
) -> None:
    refuse, take = answers(**{verb: said.encode() + b"\r\n"}), answers()
    mails: list[bytes] = []

    def answer(data: bytes) -> bytes:
        return take(data) if mails else refuse(data)

    script = Script(answer, hello=hello)
    with playing(script, settings) as to_server, Sender(to_server) as sender:
        assert sender.send("a@cases.example", "b@people.example", MAIL) == Outcome(False, again, said)
        mails.append(MAIL)
        assert sender.send("a@cases.example", "c@people.example", MAIL) == SENT
    assert script.connections == 1
    if verb != "MESSAGE":
        refused = script.reads[1 : script.reads.index(b"RSET\r\n")]
        assert not any(read.startswith(b"Subject") for read in refused)


def test_a_connection_that_the_server_ends_between_mails_is_opened_again(settings: Settings) -> None:
    count = 0

    def answer(data: bytes) -> bytes | None:
        nonlocal count
        if data.startswith(b"MAIL"):
            count += 1
            if count % 3 == 0:
                return None if count % 2 else b"421 4.7.0 enough for one connection\r\n"
        return answers()(data)

    script = Script(answer)
    with playing(script, settings) as to_server, Sender(to_server) as sender:
        assert [sender.send("a@cases.example", f"b{n}@people.example", MAIL) for n in range(8)] == [SENT] * 8
    assert script.connections == 4


@pytest.mark.parametrize("answer_to_bad", [None, Script.HANG])
def test_a_mail_over_which_the_connection_breaks_delays_only_itself(
    settings: Settings, answer_to_bad: bytes | None
) -> None:
    def answer(data: bytes) -> bytes | None:
        return answer_to_bad if b"<bad@people.example>" in data else answers()(data)

    with playing(Script(answer), settings, 3.0) as to_server, Sender(to_server) as sender:
        names = ("one", "bad", "two", "three")
        outcomes = {name: sender.send("a@cases.example", f"{name}@people.example", MAIL) for name in names}
    assert {name for name, outcome in outcomes.items() if outcome == SENT} == {"one", "two", "three"}
    assert outcomes["bad"].again
    assert "broke" in outcomes["bad"].words


def test_a_server_that_hangs_at_every_mail_is_left_alone_after_two(settings: Settings) -> None:
    script = Script(lambda _: Script.HANG)
    with playing(script, settings, 1.0) as to_server, Sender(to_server) as sender:
        outcomes = [sender.send("a@cases.example", "b@people.example", MAIL) for _ in range(20)]
    assert all(outcome.again for outcome in outcomes)
    assert script.connections == 2


def test_the_answer_to_a_whole_mail_is_waited_for_longer_so_that_no_mail_goes_twice(settings: Settings) -> None:
    class Slow(Script):
        async def say(self, data: bytes) -> bytes | None:
            if data.startswith(b"Subject"):
                await asyncio.sleep(4.0)  # twice the timeout of the other steps
            return await super().say(data)

    with playing(Slow(answers()), settings, 2.0) as to_server:
        assert send_one(to_server) == SENT
