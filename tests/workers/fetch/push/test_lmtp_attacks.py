"""Attacks by a hostile LMTP client: smuggled mails, odd commands and odd addresses."""

import random
import socket

import pytest
from sqlalchemy import text

from storage.resources import Resources
from tests.builders.lmtp_client import Talk
from tests.builders.world import World
from tests.servers.lmtp import serving
from workers.fetch.push.lmtp_protocol import BLOCK_BYTES

#: Octets that some servers wrongly take for the end of a mail (RFC 5321 section 4.1.1.4).
LOOK_ALIKES = (
    *(b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\x00.\r\n", b"\r\r\n.\r\r\n"),
    *(
        b"\n\n.\r\n",
        b"\r\n..\r\n",
        b"\r\n. \r\n",
        b"\r\n.\r\r\n",
        b"\n.\r",
        b"\x85.\x85",
        b"\r\n.\x0b\r\n",
        b"\r\n .\r\n",
    ),
)


def sent(resources: Resources, world: World) -> list[str]:
    """Returns the envelope senders of the tenant's mails."""
    with resources.database.tenant(world.tenant_id) as connection:
        return list(connection.execute(text("select sender from mails")).scalars())


@pytest.mark.parametrize("place", ["at once", "in pieces", "before a block", "at a block", "behind a block"])
def test_nothing_but_the_end_of_a_mail_ends_it(resources: Resources, world: World, place: str) -> None:
    inner = f"MAIL FROM:<e@evil.example>\r\nRCPT TO:<x@{world.mail_domain}>\r\nDATA\r\nSubject: SMUGGLED\r\n\r\nx\r\n"
    shift = {"before a block": -1, "at a block": 0, "behind a block": 1}.get(place)
    with serving(resources) as settings, Talk(settings) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.say("LHLO x")
        for number, look_alike in enumerate(LOOK_ALIKES):
            client.say("MAIL FROM:<a@x.example>", f"RCPT TO:<case-1@{world.mail_domain}>", "DATA")
            padding = b"" if shift is None else (b"y" * 70 + b"\r\n") * 2_000
            padding = padding[: BLOCK_BYTES + (shift or 0) - len(look_alike) // 2]
            start = b"Subject: outer %d %b\r\n\r\n%bhello" % (number, place.encode(), padding)
            pieces = [start + look_alike + inner.encode() + b"\r\n.\r\n"]
            if place == "in pieces":
                pieces = [start, *(bytes([octet]) for octet in look_alike), inner.encode() + b"\r\n.\r\n"]
            for piece in pieces:
                client.socket.sendall(piece)
            assert client.lines.readline().startswith(b"250 2.0.0 In custody")
            assert client.say("NOOP") == b"250 OK\r\n", "there is one answer, and no more"
    assert sent(resources, world) == ["a@x.example"] * len(LOOK_ALIKES)


def talk_until_closed(client: Talk, lines: list[str]) -> list[bytes]:
    """Sends `lines` and reads until the server closes the connection; returns its answers.

    The server gives up a mail whose client does not wait for its answer. Raises `TimeoutError` when it stays silent.
    """
    client.socket.settimeout(30)
    answers: list[bytes] = []
    try:
        client.socket.sendall("\r\n".join([*lines, ""]).encode())
        client.socket.shutdown(socket.SHUT_WR)
        while answer := client.lines.readline():
            answers.append(answer)
    except TimeoutError:
        raise
    except OSError:
        pass  # a server that closes after QUIT, before it has read all, resets the connection
    return answers


def test_no_odd_commands_or_addresses_stop_the_server(resources: Resources, world: World) -> None:
    rnd, domain = random.Random(7), world.mail_domain
    said = [
        *(
            "LHLO x",
            "EHLO x",
            "HELO x",
            "DATA",
            "RSET",
            "NOOP",
            "VRFY x",
            "EXPN x",
            "HELP",
            "AUTH PLAIN AAAA",
            "STARTTLS",
        ),
        *(
            "BDAT 5 LAST",
            "XCLIENT ADDR=1.2.3.4",
            "QUIT",
            "\0\0",
            "A" * 100_000,
            "",
            ".",
            "MAIL\tFROM:<a@b>",
            "mail from:<a@b>",
        ),
        *("MAIL FROM:<a@b.example>", "MAIL FROM:<>", "MAIL FROM:<a\0@b.example>", 'MAIL FROM:<"a\r b"@b.example>'),
        *(f"MAIL FROM:<a@b.example> SIZE={size}" for size in ("9" * 20, "-1", "9" * 5_000, "\u0665", "\u00b2", "")),
        *("MAIL FROM:" + "(" * 400, "MAIL FROM:<" + "(" * 400, "RCPT TO:<" + "((" * 200 + "@x>", "RCPT TO:<>"),
        *(f"RCPT TO:<x@{domain}>", f'RCPT TO:<"x y"@{domain}>', f'RCPT TO:<"a\\"b"@{domain}>', "RCPT TO:<postmaster>"),
        *(f"RCPT TO:<@evil.example:x@{domain}>", f"RCPT TO:<x@{domain.upper()}>", f"RCPT TO:<x@{domain}.>"),
        *(f"RCPT TO:<{'a' * 5_000}@{domain}>", f"RCPT TO:<\u00e9@{domain}> SMTPUTF8", f"RCPT TO:<x@{domain}\0>"),
        *(f"RCPT TO:x@{domain}", f"RCPT TO:<x@{domain}> NOTIFY=NEVER", "MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8"),
    ]
    answers: list[bytes] = []
    with serving(resources) as settings:
        for number in range(250):
            with Talk(settings) as client:
                words = ["LHLO x"] * (rnd.random() < 0.9) + [rnd.choice(said) for _ in range(rnd.randint(1, 12))]
                if rnd.random() < 0.5:
                    address = rnd.choice([line for line in said if line.startswith("RCPT")])
                    words += ["MAIL FROM:<a@b.example>", address, "DATA", f"Subject: fuzz {number}", "", "x", "."]
                answers += talk_until_closed(client, words)
        with Talk(settings) as client:
            assert client.deliver(world, 100).startswith(b"250")
    assert sum(answer.startswith(b"354") for answer in answers) > 10, "it got as far as a mail"
