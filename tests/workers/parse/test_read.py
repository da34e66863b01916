"""A whole mail is read, and any bytes give a record."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.reasons import Reason
from schemas.records import ParsedMail
from tests.builders.reading_invariants import check_reading
from tests.builders.small_mails import HEAD, custody, file, mail, multipart, part, read, refuse, text, whole, words
from tests.mails.html_replies import HTML
from tests.mails.plain_replies import PLAIN
from workers.parse import read as module
from workers.parse.read import read_mail


def test_a_plain_answer_is_read_whole() -> None:
    result = read(mail(body="Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n> Please confirm.\n"))
    assert (result.author, result.author_name) == ("anna@x.example", "Anna Smith")
    assert (result.to, result.cc, result.subject) == (("r-1@in.example",), (), "Re: Case 1")
    assert (result.message_id, result.in_reply_to) == ("<1@x.example>", "<update-1@in.example>")
    assert result.date == datetime(2024, 5, 3, 8, tzinfo=UTC)
    assert (words(result), result.body_blob, result.attachments, result.defects) == ("Yes.", "", (), ())
    assert ParsedMail.model_validate_json(result.model_dump_json()) == result


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 32 May 2024 10:00:00 +0000", "Fri, 3 May 99999 10:00:00 +0000"]
)
def test_a_date_that_is_none_is_left_out(date: str) -> None:
    assert read(mail(head=(*HEAD[:3], f"Date: {date}"))).date is None


def test_a_mail_without_a_body_has_no_words() -> None:
    assert words(read(b"From: a@b.example\r\n")) == ""
    assert words(read(b"From: a@b.example\r\n\r\n")) == ""


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\r\n\r\n", b"x", b"\xff" * 100, b":", b"\n" * 1000])
def test_bytes_that_are_no_mail_have_a_record_without_an_author(raw: bytes) -> None:
    assert read(raw).author == ""


def test_a_fault_in_the_room_holds_the_mail_and_says_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise LookupError("no such \ud800 codec")

    monkeypatch.setattr(module, "read_header", broken)
    rejection = refuse(mail())
    assert rejection.reason is Reason.UNREADABLE
    assert rejection.evidence["problem"].startswith("LookupError: no such")
    assert rejection.model_dump_json()


def test_the_limits_of_time_of_a_worker_pass_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "read_header", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read_mail(mail(), custody())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_have_a_record(raw: bytes) -> None:
    check_reading(raw)


BOTH = multipart("alternative", text("a"), text("<p>b</p>", "html"), boundary="i")
SEEDS = (
    *(mail(body=answer.text) for answer in PLAIN[::9]),
    *(mail("Content-Type: text/html; charset=utf-8", body=answer.text) for answer in HTML[::3]),
    whole(
        "mixed",
        part(BOTH[0], body=BOTH[1]),
        file("a.pdf", b"1" * 90),
        part("Content-Type: message/rfc822", body=mail()),
    ),
    mail(
        'Content-Type: text/plain; format=flowed; delsp=yes; charset="iso-2022-jp"', body="承知 \nしました\n> \n-- \n"
    ),
    whole("report", text("x"), part("Content-Type: message/delivery-status", body="Status: 5.1.1\n")),
    mail("Content-Transfer-Encoding: base64", body="WWVzLg=="),
)
TOKENS = (
    *rb"\" ( ) < > , ; : @ =? ?= -- =?utf-8?q?=00?= =?utf-8?b?x charset= charset*= filename*0*=''".split(),
    *rb"boundary*=punycode''a filename*9999999999= <blockquote> </div> <a\thref= wrote: cid: [cid:".split(),
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b"\xff", b"\xed\xa0\x80", b"\x1b$B", b"> ", b"\r\n--=_b"),
    *(b"From: x@y.z\r\n", b"Content-Type: multipart/mixed\r\n", b"Content-Type: message/rfc822\r\n"),
    *(b"Content-Transfer-Encoding: x-uuencode\r\n", b"Content-Transfer-Encoding: base64\r\n"),
)
cut_and_insert = st.tuples(st.floats(0, 1), st.integers(0, 30), st.sampled_from(TOKENS) | st.binary(max_size=6))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SEEDS), st.lists(cut_and_insert, min_size=1, max_size=8))
def test_any_mutation_of_a_mail_has_a_record(raw: bytes, changes: list[tuple[float, int, bytes]]) -> None:
    for place, gone, new in changes:
        at = int(place * len(raw))
        raw = raw[:at] + new + raw[at + gone :]
    check_reading(raw)
