"""The mail that tells of an update: where an answer goes, and that nothing can be slipped into it."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from uuid import uuid4

import pytest

from cases.addresses import Address, AddressKind, new_handle, read
from cases.notices import Notice, compose, envelope_from, reply_to
from cases.own_mail import OwnKind, OwnMail, read_mark
from schemas.marks import OWN_MAIL_FIELD, REPLY_MARKER
from tests.world import KEYS

NOTICE = Notice(
    recipient_id=uuid4(),
    recipient_email="ann@people.example",
    handle=new_handle(),
    tenant_id=uuid4(),
    tenant_name="Linden & Sons",
    mail_domain="cases.example",
    case_id=uuid4(),
    case_number="2026-7",
    case_title="A leak",
    author_name="Sam Staff",
    author_email="sam@linden.example",
    text="Is <b>it</b> still wet?\nGrüße 東京",
    posted_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    files=("plan.pdf",),
)
URL = "https://console.example"


def test_an_answer_goes_to_the_recipients_own_reply_address() -> None:
    address = reply_to(NOTICE, KEYS)
    assert read(KEYS, NOTICE.tenant_id, address.partition("@")[0]) == Address(AddressKind.REPLY, NOTICE.handle or "")
    assert message_from_bytes(compose(NOTICE, KEYS, URL), policy=default)["Reply-To"] == address
    assert envelope_from(NOTICE, KEYS) == address


def test_with_replies_off_an_answer_goes_to_the_author() -> None:
    off = replace(NOTICE, handle=None)
    mail = message_from_bytes(compose(off, KEYS, URL), policy=default)
    assert mail["Reply-To"] == "sam@linden.example"
    assert REPLY_MARKER not in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_both_bodies_carry_the_text_the_marker_and_the_files() -> None:
    mail = message_from_bytes(compose(NOTICE, KEYS, URL), policy=default)
    plain = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[union-attr]
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert NOTICE.text in plain
    assert "Is &lt;b&gt;it&lt;/b&gt; still wet?" in html
    assert all(REPLY_MARKER in body and "plan.pdf" in body and "東京" in body for body in (plain, html))
    assert plain.lstrip().startswith(REPLY_MARKER)


def test_the_notice_says_that_a_machine_sent_it_and_keeps_its_message_id() -> None:
    mail = message_from_bytes(compose(NOTICE, KEYS, URL), policy=default)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert read_mark(KEYS, mail[OWN_MAIL_FIELD]) == OwnMail(OwnKind.NOTICE, NOTICE.recipient_id)
    assert mail["Message-ID"] == message_from_bytes(compose(NOTICE, KEYS, URL), policy=default)["Message-ID"]


@pytest.mark.parametrize(
    "bad", ["a\r\nBcc: x@evil.example", "a\x0bBcc: x", "a\x85Bcc: x", "\u202egnp.exe", "a\x1cb", "\x00"]
)
def test_no_name_or_title_can_add_a_header_field_or_hide_one(bad: str) -> None:
    plain = message_from_bytes(compose(NOTICE, KEYS, URL)).keys()
    data = compose(replace(NOTICE, author_name=bad, tenant_name=bad, case_title=bad, case_number=bad), KEYS, URL)
    assert message_from_bytes(data).keys() == plain
    assert message_from_bytes(data, policy=default)["To"] == "ann@people.example"
    assert "\u202e" not in message_from_bytes(data, policy=default)["Subject"]


def test_lines_end_in_crlf_and_fit_smtp() -> None:
    data = compose(replace(NOTICE, text="x" * 5_000), KEYS, URL)
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998
