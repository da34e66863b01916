"""What is read in a short way, to save time, is read as in the long way."""

from email.feedparser import BytesFeedParser
from email.message import Message
from random import Random

import mailparser
import pytest

from tests.builders.small_mails import read
from workers.parse.limits import DEFAULT
from workers.parse.mime.prescan import prescan
from workers.parse.mime.tree import build

_FIELDS = (
    *("From: a@x.example", "Subject: Yes", " folded", "\tfolded", "no field", "From a@x.example Fri May  3", ": empty"),
    *(
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: base64",
        "X-\udcfc: \udcfc",
    ),
)
_BODIES = (
    "",
    "Yes.",
    "Yes.\r\n",
    "\r\n\r\n",
    "a\rb\nc",
    "--x\r\n\r\nNo.\r\n--x--",
    "\udcfc\x0b\x0c\x1c\x85",
    "From: b@x.example\n",
)


def _random_mail(random: Random) -> bytes:
    end = random.choice(("\r\n", "\n"))
    fields = "".join(field + end for field in random.choices(_FIELDS, k=random.randrange(5)))
    text = fields + random.choice((end, "\n")) + "".join(random.choices(_BODIES, k=random.randrange(4)))
    return text.encode("utf-8", "surrogateescape")


def test_the_body_of_a_mail_without_parts_is_what_the_parser_makes_of_it() -> None:
    random = Random(1)  # mails, not secrets
    for _ in range(1_000):
        raw = _random_mail(random)
        parser: BytesFeedParser[Message] = BytesFeedParser()
        parser.feed(raw)
        whole, root = parser.close(), build(raw, prescan(raw, DEFAULT), DEFAULT)
        assert list(root.raw_items()) == list(whole.raw_items()), raw
        assert root.content() == str(vars(whole)["_payload"]).encode("ascii", "surrogateescape"), raw
        assert list(map(type, root.defects)) == list(map(type, whole.defects)), raw


_ADDRESSES = (
    "bo@x.example",
    "Case-7+k3@cases.x.example",
    "b.o_1@localhost",
    "bo@x",
    "bo.@x.example",
    "bo@x..example",
    "1@2",
)
_NAMES = (
    "",
    "Bo",
    "Bo B",
    '"Bo, B."',
    '"Bo - B."',
    "Bo.",
    "Bo@x.example",
    "=?utf-8?q?Bo?=",
    "Bö",
    "Bo (B)",
    " Bo",
    '" "',
    "A:",
)


@pytest.mark.parametrize("field", ["To", "Cc"])
def test_the_addresses_of_a_field_are_those_that_mail_parser_finds(field: str) -> None:
    forms = [
        form for name in _NAMES for address in _ADDRESSES for form in (f"{name} <{address}>", f"{name}<{address}>")
    ]
    for value in ("", *_ADDRESSES, *forms, "bo@x.example, ann@x.example", "bo@x.example ", "bo@x.example\r\n "):
        raw = f"From: ann@x.example\r\n{field}: {value}\r\n\r\nYes.".encode()
        expected = mailparser.parse_from_bytes(raw)
        mailboxes = expected.to if field == "To" else expected.cc
        mail = read(raw)
        assert (mail.to if field == "To" else mail.cc) == tuple(address for _, address in mailboxes if address), value
