"""Delivery reports of every known mail server can be read."""

from base64 import encodebytes

import pytest

from schemas.records import AutomaticMail, DeliveryReport
from tests.builders import relative_cost
from tests.builders.small_mails import mail, part, read
from tests.mails.delivery_reports import COPY, DAEMON, EXIM, FIELDS, MARK, QMAIL, TEXTS, dsn, group


def report(raw: bytes) -> DeliveryReport:
    """Reads a mail that must be a bounce; returns its report."""
    result = read(raw, sender="")
    assert (result.machine, result.report is None) == (AutomaticMail.BOUNCE, False)
    assert result.report is not None
    return result.report


def failures(raw: bytes) -> list[tuple[str, bool, str]]:
    return [(one.address, one.permanent, one.words) for one in report(raw).failures]


@pytest.mark.parametrize(("name", "raw", "found"), FIELDS, ids=[row[0] for row in FIELDS])
def test_the_fields_of_a_report_are_read(name: str, raw: bytes, found: list[tuple[str, bool, str]]) -> None:
    assert failures(raw) == found


def test_a_report_that_names_thousands_is_bounded() -> None:
    assert len(report(dsn(*[group()] * 500)).failures) == 5
    assert len(report(dsn(group(said="smtp; " + "550 no " * 1000))).failures[0].words) == 300


@pytest.mark.parametrize(("name", "words", "address", "permanent", "said"), TEXTS, ids=[row[0] for row in TEXTS])
def test_a_report_in_words_is_read(name: str, words: str, address: str, permanent: bool, said: str) -> None:
    [failure] = report(mail(head=DAEMON, body=words)).failures
    assert (failure.address, failure.permanent) == (address, permanent)
    assert said in failure.words


def test_the_field_of_exim_names_the_recipients() -> None:
    raw = mail("X-Failed-Recipients: bob@x.example, <amy@x.example>", head=DAEMON, body=EXIM)
    assert [one[:2] for one in failures(raw)] == [("bob@x.example", True), ("amy@x.example", True)]


def test_each_recipient_gets_the_words_about_it() -> None:
    body = "<bob@x.example>:\n550 no bob\n\n<amy@x.example>:\n552 full\n"
    assert failures(mail(head=DAEMON, body=body)) == [
        ("bob@x.example", True, "550 no bob <amy@x.example>:"),
        ("amy@x.example", True, "552 full"),
    ]


BASE64 = part("Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", body=encodebytes(COPY.encode()))
COPIES = (
    ("the mail", dsn(group())),
    ("its header", dsn(group(), copy=part("Content-Type: text/rfc822-headers", body=COPY))),
    ("the mail in base64", dsn(group(), copy=BASE64)),
    (
        "a folded field",
        dsn(group(), copy=part("Content-Type: message/rfc822", body=COPY.replace("Mail: ", "Mail:\n "))),
    ),
    ("in the words", mail(head=DAEMON, body=QMAIL + COPY)),
)


@pytest.mark.parametrize(("name", "raw"), COPIES, ids=[row[0] for row in COPIES])
def test_the_fingerprint_of_the_mail_that_is_quoted_is_found(name: str, raw: bytes) -> None:
    assert report(raw).own_mark == MARK


def test_a_report_that_quotes_nothing_has_no_fingerprint() -> None:
    assert report(mail(head=DAEMON, body=QMAIL)).own_mark == ""


def test_mail_that_is_no_report_has_none() -> None:
    assert read(mail(body=QMAIL)).report is None


HEAVY = (
    "a@b.example\n",
    "550 ",
    "<a@b.example>: ",
    "@",
    "5.1.1 ",
    "--",
    "-- copy\n",
    "a" * 70 + "@",
    "x-casemail-mail:\n ",
)


@pytest.mark.parametrize("token", HEAVY)
def test_a_report_of_800_kb_is_read_soon(token: str) -> None:
    raw = mail(head=DAEMON, body=token * (800_000 // len(token)))
    assert len(relative_cost.at_most(120, lambda: report(raw)).failures) <= 5
