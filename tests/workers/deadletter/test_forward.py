"""The forward contains the original unchanged, and copies no header field from it."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from uuid import uuid4

import pytest

from cases.outgoing.fingerprint import OwnKind, OwnMail, read_mark
from cases.outgoing.forward import Forward, compose
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.reasons import REASONS, Reason
from tests.builders.world import KEYS

FORWARD = Forward(
    outbox_id=uuid4(),
    mail_id=uuid4(),
    to_email="catchall@tenant.example",
    mail_domain="cases.example",
    reason=Reason.AUTHOR_UNKNOWN,
    evidence={"author": "x@evil.example"},
    received_at=datetime(2026, 11, 23, tzinfo=UTC),
    recipient="case-1@cases.example",
    author="x@evil.example",
    subject="Hello\r\nBcc: victim@people.example",
)
URL = "https://console.example"


@pytest.mark.parametrize(
    "original",
    [
        b"From: x@evil.example\r\nSubject: s\r\n\r\nText\r\n",
        b"Subject: =?utf-8?q?x=0d=0aBcc=3a_e=40x.y?=\nX: a\x0bY: b\n\n8-bit \xc3\xa9\n.\nafter a dot\n",
        b"no header at all",
        b"",
    ],
)
def test_the_original_is_in_it_byte_for_byte(original: bytes) -> None:
    data = compose(FORWARD, original, KEYS, URL)
    normal = original.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    boundary = f"\r\n--=_{FORWARD.outbox_id.hex}".encode()
    assert (
        data.split(b"message/rfc822\r\nContent-Transfer-Encoding: ")[1].split(b"\r\n\r\n", 1)[1].split(boundary)[0]
        == normal
    )


@pytest.mark.parametrize("original", [b"Subject: a\rBcc: x\r\n\r\n", b"X: " + b"a" * 2_000 + b"\r\n\r\n", b"a\x00b"])
def test_an_original_that_smtp_can_not_carry_goes_as_a_file(original: bytes) -> None:
    data = compose(FORWARD, original, KEYS, URL)
    mail = message_from_bytes(data, policy=default)
    (attached,) = [part for part in mail.walk() if part.get_filename() == "original.eml"]
    assert attached.get_payload(decode=True) == original
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert b"\0" not in data


def test_the_header_has_only_our_own_fields() -> None:
    mail = message_from_bytes(compose(FORWARD, b"Bcc: victim@people.example\r\n\r\n", KEYS, URL), policy=default)
    assert "Bcc" not in mail
    assert mail["To"] == "catchall@tenant.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert read_mark(KEYS, mail[OWN_MAIL_FIELD]) == OwnMail(OwnKind.FORWARD, FORWARD.outbox_id)


def test_the_reason_and_the_evidence_stand_in_front_in_plain_words() -> None:
    mail = message_from_bytes(compose(FORWARD, b"\r\n", KEYS, URL), policy=default)
    words = next(mail.iter_parts()).get_content()
    assert REASONS[Reason.AUTHOR_UNKNOWN].meaning in words
    assert "author: x@evil.example" in words
    assert f"{URL}/inbound/{FORWARD.mail_id}" in words
