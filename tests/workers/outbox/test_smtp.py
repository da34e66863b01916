"""Sends to a real mail server: with TLS, with log-in, in few round trips, and to a server that misbehaves.

Longer than other files, as its tests share their helpers.
"""

import asyncio
import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pydantic import SecretStr

from ops.embedded.process import free_port
from schemas.settings import Settings
from workers.outbox.smtp import Outcome, Sender

MAIL = b"Subject: s\r\n\r\nText\r\n.\r\n..and more\r\n"
PIPELINING, PLAIN = b"250-script\r\n250 PIPELINING\r\n", b"250 script\r\n"
SENT = Outcome(sent=True, again=False, words="")


class Keeper:
    """An SMTP handler that keeps each mail with its session, and offers `extensions` after EHLO."""

    def __init__(self, *extensions: str) -> None:
        self.mails: list[tuple[Session, Envelope]] = []
        self._extensions = extensions

    async def handle_EHLO(
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*(f"250-{extension}" for extension in self._extensions), *responses]

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append((session, envelope))
        return "250 OK"


def check_password(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"me", b"my-secret"), handled=False)


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Returns the TLS context of a server on this machine, and the CA file that verifies its certificate."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    return context, ca_file


@contextmanager
def serving(keeper: Keeper, settings: Settings, **options: Any) -> Iterator[Settings]:
    """Runs the keeper as an SMTP server; yields settings that send to it."""
    controller = Controller(keeper, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield settings.replace(smtp_port=controller.port, smtp_timeout=5.0)
    finally:
        controller.stop()


def with_log_in(settings: Settings, ca_file: Path, security: str, password: str = "my-secret") -> Settings:
    more = {"smtp_security": security, "smtp_ca_file": ca_file, "smtp_username": "me"}
    return settings.replace(**more, smtp_password=SecretStr(password))


def log_in_wanted(context: ssl.SSLContext) -> dict[str, Any]:
    return {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": check_password,
        "auth_required": True,
    }


def send_one(settings: Settings, to: str = "ann@people.example") -> Outcome:
    with Sender(settings) as sender:
        return sender.send("updates@cases.example", to, MAIL)


def test_a_mail_goes_out_after_starttls_and_log_in(settings: Settings, ca: tuple[ssl.SSLContext, Path]) -> None:
    keeper = Keeper()
    with serving(keeper, settings, **log_in_wanted(ca[0])) as to_server:
        assert send_one(with_log_in(to_server, ca[1], "starttls")) == SENT
    ((session, envelope),) = keeper.mails
    assert session.ssl is not None
    assert session.authenticated
    assert envelope.content == MAIL


def test_a_mail_goes_out_over_tls_from_the_start(settings: Settings, ca: tuple[ssl.SSLContext, Path]) -> None:
    keeper = Keeper()
    # aiosmtpd's controller can't do this: it probes its port without TLS
    with listening(lambda port: _tls_server(keeper, ca[0], port)) as port:
        more = {"smtp_port": port, "smtp_security": "tls", "smtp_ca_file": ca[1], "smtp_timeout": 5.0}
        assert send_one(settings.replace(**more)) == SENT
    assert len(keeper.mails) == 1


def _tls_server(keeper: Keeper, context: ssl.SSLContext, port: int) -> Coroutine[Any, Any, asyncio.Server]:
    loop = asyncio.get_running_loop()
    return loop.create_server(lambda: SMTP(keeper, loop=loop, hostname="sink"), "127.0.0.1", port, ssl=context)


@contextmanager
def listening(serve: Callable[[int], Coroutine[Any, Any, asyncio.Server]]) -> Iterator[int]:
    """Runs a server on a free port in another thread; yields the port."""
    port, ready, stops = free_port(), Event(), []

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stop.set))
        server = await serve(port)
        ready.set()
        await stop.wait()
        server.close()

    thread = Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(10)
    try:
        yield port
    finally:
        stops[0]()
        thread.join()


def test_nothing_goes_to_a_server_that_nobody_we_trust_vouches_for(
    settings: Settings, ca: tuple[ssl.SSLContext, Path]
) -> None:
    keeper = Keeper()
    with serving(keeper, settings, tls_context=ca[0]) as to_server:
        outcome = send_one(to_server.replace(smtp_security="starttls"))
    assert (outcome.sent, outcome.again) == (False, True)
    assert "certificate" in outcome.words
    assert keeper.mails == []


def test_nothing_goes_in_clear_where_encryption_is_wanted(settings: Settings) -> None:
    keeper = Keeper()
    with serving(keeper, settings) as to_server:
        outcome = send_one(to_server.replace(smtp_security="starttls"))
    assert (outcome.sent, outcome.again) == (False, True)
    assert "STARTTLS" in outcome.words
    assert keeper.mails == []


def test_a_wrong_password_fails_no_mail_for_good(settings: Settings, ca: tuple[ssl.SSLContext, Path]) -> None:
    keeper = Keeper()
    with serving(keeper, settings, **log_in_wanted(ca[0])) as to_server:
        outcome = send_one(with_log_in(to_server, ca[1], "starttls", "wrong"))
        assert (outcome.sent, outcome.again) == (False, True)
        assert "535" in outcome.words
        assert "wrong" not in outcome.words
        outcome = send_one(with_log_in(to_server, ca[1], "starttls", "pässword"))
        assert (outcome.sent, outcome.again) == (False, True)
        # it does not go out either if the server requires a log-in and the settings have none
        no_log_in = {"smtp_security": "starttls", "smtp_ca_file": ca[1]}
        outcome = send_one(to_server.replace(**no_log_in))
        assert (outcome.sent, outcome.again) == (False, True)
        assert "530" in outcome.words


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
def playing(script: Script, settings: Settings) -> Iterator[Settings]:
    with listening(lambda port: asyncio.start_server(script.serve, "127.0.0.1", port)) as port:
        yield settings.replace(smtp_port=port, smtp_timeout=0.5)


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

    with playing(Script(answer), settings) as to_server, Sender(to_server) as sender:
        names = ("one", "bad", "two", "three")
        outcomes = {name: sender.send("a@cases.example", f"{name}@people.example", MAIL) for name in names}
    assert {name for name, outcome in outcomes.items() if outcome == SENT} == {"one", "two", "three"}
    assert outcomes["bad"].again
    assert "broke" in outcomes["bad"].words


def test_a_server_that_hangs_at_every_mail_is_left_alone_after_two(settings: Settings) -> None:
    script = Script(lambda _: Script.HANG)
    with playing(script, settings) as to_server, Sender(to_server) as sender:
        outcomes = [sender.send("a@cases.example", "b@people.example", MAIL) for _ in range(20)]
    assert all(outcome.again for outcome in outcomes)
    assert script.connections == 2


def test_the_answer_to_a_whole_mail_is_waited_for_longer_so_that_no_mail_goes_twice(settings: Settings) -> None:
    class Slow(Script):
        async def say(self, data: bytes) -> bytes | None:
            if data.startswith(b"Subject"):
                await asyncio.sleep(1.0)  # twice the timeout of the other steps
            return await super().say(data)

    with playing(Slow(answers()), settings) as to_server:
        assert send_one(to_server) == SENT
