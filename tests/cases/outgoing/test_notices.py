"""Notices: answers go to the right address, and no name, title or text can inject a header field."""

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.addresses.tokens import Address, AddressKind, new_handle, read
from cases.outgoing.fingerprint import OwnKind, OwnMail, read_mark
from cases.outgoing.notices import Notice, compose, envelope_from, load, reply_to
from cases.updates.posting import Posted, post_update
from schemas.own_mail import OWN_MAIL_FIELD, REPLY_MARKER
from storage.database import Database
from tests.builders.world import KEYS, World

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


def test_the_notice_is_marked_as_automatic_and_keeps_its_message_id() -> None:
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


def test_text_that_looks_like_an_encoded_word_is_shown_as_it_is() -> None:
    hidden = "=?utf-8?q?=E2=80=AEgnp=0D=0ABcc:_x?="
    mail = message_from_bytes(
        compose(replace(NOTICE, author_name=hidden, case_title=hidden), KEYS, URL), policy=default
    )
    assert mail["Subject"] == f"[2026-7] {hidden}"
    assert "".join(mail["From"].addresses[0].display_name.split()).startswith(hidden)


@pytest.mark.parametrize("name", ["x" * 5_000, "東" * 1_000, "é " * 500, "\U0001f600" * 400, '"\\' * 300])
def test_lines_end_in_crlf_and_fit_smtp(name: str) -> None:
    data = compose(replace(NOTICE, text=name, author_name=name, tenant_name=name, case_title=name), KEYS, URL)
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    words = re.findall(rb"=\?utf-8\?[^?]*\?[^?]*\?=", data)
    assert all(len(word) <= 75 for word in words), "RFC 2047 section 2"
    mail = message_from_bytes(data, policy=default)
    assert mail["From"].addresses[0].addr_spec == f"updates@{NOTICE.mail_domain}"
    # the standard library puts spaces between encoded words of a name
    assert "".join(mail["From"].addresses[0].display_name.split()).startswith("".join(name[:90].split()))


def test_all_mails_on_a_case_are_in_one_thread_and_an_answer_is_below_the_notice_it_answers() -> None:
    first = replace(NOTICE, recipient_id=uuid4())
    answer = replace(NOTICE, recipient_id=uuid4(), answered=first.recipient_id)
    mails = [message_from_bytes(compose(notice, KEYS, URL), policy=default) for notice in (first, answer)]
    root = f"<case.{NOTICE.case_id}@cases.example>"
    assert [mail["In-Reply-To"] for mail in mails] == [root, mails[0]["Message-ID"]]
    assert [mail["References"].split() for mail in mails] == [[root], [root, mails[0]["Message-ID"]]]
    for field in ("Subject", "Thread-Index", "List-Id"):
        assert mails[0][field] == mails[1][field]
    assert b64decode(mails[0]["Thread-Index"])[6:] == NOTICE.case_id.bytes


@pytest.mark.parametrize("bad", ["a@b.example\r\nBcc: x@evil.example", "a b@c.example", "ü@b.example", "a@b,c@d", "no"])
def test_an_address_that_mail_can_not_be_sent_to_raises(bad: str) -> None:
    with pytest.raises(ValueError, match="can't be sent"):
        compose(replace(NOTICE, recipient_email=bad), KEYS, URL)


def test_a_non_ascii_domain_is_written_in_ascii() -> None:
    data = compose(replace(NOTICE, recipient_email="a@bücher.example"), KEYS, URL)
    assert message_from_bytes(data, policy=default)["To"] == "a@xn--bcher-kva.example"


def test_in_a_whole_correspondence_nothing_of_one_recipient_is_in_the_mail_of_another(
    world: World, database: Database
) -> None:
    question = world.post(database, "staff", "client", "member", text="Who is at home?")
    answer = replace(world.draft("client", text="I am."), recipients=None, answers=question)
    thanks = replace(world.draft("staff", text="Thanks."), recipients=None, answers=answer.update_id)
    with database.tenant(world.tenant_id) as connection:
        assert isinstance(post_update(connection, answer), Posted)
        assert isinstance(post_update(connection, thanks), Posted)
        log = connection.execute(text("select id, update_id, email, handle from update_recipients")).all()
        found = {notice.recipient_id: notice for notice in load(connection, [row.id for row in log], KEYS)}
    assert len(found) == len(log) == 9
    lines = {(row.update_id, row.email): row.id for row in log}
    for row in log:
        notice = found[row.id]
        data = compose(notice, KEYS, URL).replace(b"=\r\n", b"").decode()
        for other in log:
            if other.email != row.email:
                assert other.email not in data
                assert other.handle not in data
                assert str(other.id) not in data
    # each person's notice is threaded below the notice that the same person got before
    for name in ("member", "manager"):
        to = world.email(name)
        assert found[lines[answer.update_id, to]].answered == lines[question, to]
        assert found[lines[thanks.update_id, to]].answered == lines[answer.update_id, to]
    client, staff = world.email("client"), world.email("staff")
    assert (answer.update_id, client) not in lines, "the author gets no notice of their own"
    assert found[lines[thanks.update_id, client]].answered == lines[question, client]
    assert found[lines[answer.update_id, staff]].answered is None


def test_the_link_leads_to_the_update_and_names_the_tenant_for_a_person_who_must_log_in(
    database: Database, world: World
) -> None:
    update_id = world.post(database, "staff", "client")
    with database.tenant(world.tenant_id) as connection:
        rows = connection.execute(text("select id from update_recipients where update_id = :id"), {"id": update_id})
        (notice, *_) = load(connection, list(rows.scalars()), KEYS)
    mail = message_from_bytes(compose(notice, KEYS, URL), policy=default)
    for kind in ("plain", "html"):
        body = mail.get_body((kind,)).get_content()  # type: ignore[union-attr]
        assert f"{URL}/cases/{world.case_id}?tenant={world.slug}#u-{update_id}" in body
