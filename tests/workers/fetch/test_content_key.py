"""The content key: which raw mails count as the same mail, and which as the same delivery of it."""

import pytest

from storage.ledger.copies import DELIVERY_BYTES, MESSAGE_BYTES, RECIPIENT_BYTES
from workers.fetch.content_key import TRACE_FIELDS, content_key, header_of

SENDER = "a@x"
MAIL = b"From: a@x\r\nSubject: hello\r\nMessage-ID: <1@x>\r\n\r\nText\r\n"


def message(raw: bytes, whole_size: int = 0) -> bytes:
    """Returns the part of the key that all copies of a mail share."""
    return content_key(raw, "r@x", SENDER, whole_size)[:MESSAGE_BYTES]


def delivery(raw: bytes, sender: str = SENDER) -> bytes:
    """Returns the part of the key that all recipients of one delivery share."""
    return content_key(raw, "r@x", sender)[:-RECIPIENT_BYTES]


@pytest.mark.parametrize(
    "other",
    [
        b"Received: from a by b;\r\n\tMon, 1 Jan 2026\r\n" + MAIL,
        b"Return-Path: <a@x>\r\nDelivered-To: b@y\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        b"ARC-Seal: i=1; a=rsa;\n b=xyz\n" + MAIL,
        b"From a@x Mon Jan  1 00:00:00 2026\n" + MAIL.replace(b"\r\n", b"\n"),
        b"From a@x Mon Jan  1 00:00:00 2026\r\n" + MAIL,
        MAIL.replace(b"\r\nSubject", b"\r\nX-MS-Exchange-Organization-SCL: 1\r\nSubject"),
        MAIL.replace(b"\r\nSubject", b"\r\nStatus: RO\r\nSubject"),
    ],
    ids=["a hop", "a delivery", "LF", "ARC", "an mbox", "a From line", "Exchange", "read by somebody"],
)
def test_the_same_mail_by_another_way_is_the_same(other: bytes) -> None:
    assert message(other) == message(MAIL)


def examples() -> list[bytes]:
    """Returns an example name for each pattern in `TRACE_FIELDS`."""
    return [
        name.replace(b"[a-z-]+", b"a-b").replace(b"[a-z0-9-]+", b"a-1").replace(b"[a-z-]*", b"")
        for name in TRACE_FIELDS
    ]


@pytest.mark.parametrize("name", examples(), ids=lambda name: name.decode())
def test_each_trace_field_is_left_out_folded_or_not_and_only_from_the_header(name: bytes) -> None:
    first, second = (b"%s : %s;\r\n\tfolded %s\r\n" % (name.title(), words, words) for words in (b"one", b"two"))
    assert message(first + MAIL) == message(second + MAIL) == message(MAIL)
    assert len({delivery(raw) for raw in (first + MAIL, second + MAIL, MAIL)}) == 3
    assert message(MAIL + first) != message(MAIL)
    assert message(b"X-Not-" + first + MAIL) != message(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"Text", b"Other"),
        MAIL.replace(b"hello", b"other"),
        b"Received-By-Me: x\r\n" + MAIL,
        MAIL + b"Received: from a\r\n",
        b"X: y\r\n received: z\r\n" + MAIL,
        b"DKIM-Signature: v=1\r\n" + MAIL,
        MAIL + b"From a@x Mon Jan  1 00:00:00 2026\n",
    ],
)
def test_another_mail_is_another_whatever_its_message_id(other: bytes) -> None:
    assert message(other) != message(MAIL)


def test_the_same_mail_for_another_recipient_is_another() -> None:
    assert content_key(MAIL, "r@x", SENDER) == content_key(MAIL, "R@X", SENDER) != content_key(MAIL, "s@x", SENDER)


@pytest.mark.parametrize(
    ("other", "sender"),
    [
        (MAIL.replace(b"\r\n", b"\n"), SENDER),
        (b"From a@x Mon Jan  1 00:00:00 2026\n" + MAIL, SENDER),
        (b"Status: RO\r\nX-Keywords: $Forwarded         \r\nContent-Length: 6\r\n" + MAIL, SENDER),
    ],
    ids=["LF", "a From line", "read and marked in an mbox"],
)
def test_what_is_fetched_again_from_the_same_mailbox_is_the_same_delivery(other: bytes, sender: str) -> None:
    assert delivery(other, sender) == delivery(MAIL)


@pytest.mark.parametrize(
    ("other", "sender"),
    [
        (MAIL, ""),
        (MAIL, "evil@x"),
        (b"Received: from a by b; x\r\n" * 51 + MAIL, SENDER),
        (b"Delivered-To: autoresponder\r\n" + MAIL, SENDER),
        (b"Received: a\0b\r\n" + MAIL, SENDER),
        (b"Status: a\0b\r\n" + MAIL, SENDER),
        (b"Status: RO\r\n" * 7 + MAIL, SENDER),
        (b"Status: R\r\n\tO\r\n" + MAIL, SENDER),
        (b"X-Keywords: " + b"a" * 60_000 + b"\r\n" + MAIL, SENDER),
    ],
)
def test_a_mail_that_somebody_sends_with_trace_fields_or_a_sender_of_their_own_is_another_delivery(
    other: bytes, sender: str
) -> None:
    assert message(other) == message(MAIL)
    assert delivery(other, sender) != delivery(MAIL)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"no header", b"\xff\x00", b"Received: x"])
def test_any_bytes_have_a_key(raw: bytes) -> None:
    assert len(content_key(raw, "r@\udcff", "\ud800")) == MESSAGE_BYTES + DELIVERY_BYTES + RECIPIENT_BYTES


def test_of_mails_that_are_too_large_the_size_of_the_body_tells_apart_what_the_header_does_not() -> None:
    header, hop = header_of(MAIL), b"Received: from a by b\r\n"
    key = message(header, 30_000_000)
    assert message(hop + header, 30_000_000 + len(hop)) == key
    assert message(header, 30_000_001) != key
    assert message(header) != key


@pytest.mark.parametrize(
    ("raw", "header"),
    [
        (MAIL, MAIL.removesuffix(b"Text\r\n")),
        (b"A: b\n\nText\r\n\r\nText", b"A: b\n\n"),
        (b"A: b\r\n", b"A: b\r\n"),
        (b"A: b\n" * 100_000, (b"A: b\n" * 100_000)[: 256 * 1024]),
    ],
    ids=["CRLF", "LF", "no body", "endless"],
)
def test_the_header_of_a_mail_goes_to_the_first_blank_line(raw: bytes, header: bytes) -> None:
    assert header_of(raw) == header
