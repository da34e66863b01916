"""Each limit of the parser, and mails that are crafted to be costly."""

from dataclasses import replace

import pytest

from schemas.reasons import Reason
from schemas.settings import PREFIX, load
from schemas.settings.mail import Limits as LimitSettings
from tests.builders import relative_cost
from tests.builders.environment import GOOD
from tests.builders.small_mails import (
    HEAD,
    custody,
    file,
    mail,
    multipart,
    nested_mail,
    part,
    read,
    refuse,
    text,
    whole,
)
from workers.parse.limits import DEFAULT, Limits, of_settings
from workers.parse.read import read_mail

COST = 300  # units, see tests.builders.relative_cost; the slowest mail takes a tenth of it


OVER = (
    ("mail", mail(body=b"x" * 25_000_001)),
    ("lines", mail(body="\n" * 500_001)),
    ("lines", mail(body=b"\r" * 500_001)),
    ("header", mail(*[f"X-{n}: {'x' * 60_000}" for n in range(5)])),
    ("field", mail(f"Subject: {'x' * 65_536}")),
    ("field", mail(f"To: {'a@b.c, ' * 10_000}")),
    ("field", mail("X: " + "\r\n x" * 20_000)),
    ("fields", mail(*[f"X-{n}: 1" for n in range(1000)])),
    ("encoded_words", mail(f"Subject: {'=?utf-8?q?a?= ' * 201}")),
    ("encoded_words", mail(f"Subject: {'=?' * 201}")),
    ("nesting", nested_mail("multipart/mixed", 51)),
    ("nesting", nested_mail("multipart/mixed", 1_000)),
    ("nesting", nested_mail("multipart/mixed", 10_000)),
    ("line_work", nested_mail("multipart/mixed", 40) + b"\n" * 200_000),
    ("parts", whole("mixed", *[text("x") for _ in range(1000)])),
    ("part_field", mail(f"Content-Type: text/plain{'; a=b' * 2000}")),
    (
        "part_field",
        whole("mixed", part("Content-Disposition: x" + "".join(f"; filename*{n}=a" for n in range(20_000)), body="x")),
    ),
    ("fields", whole("mixed", part(*[f"X-{n}: 1" for n in range(1001)], body="x"))),
    ("attachments", whole("mixed", *[file(f"{n}.txt", b"x", "text/plain") for n in range(251)])),
    ("text", mail(body=b"x" * 1_048_577)),
    ("html", mail("Content-Type: text/html", body=b"x" * 4_194_305)),
    ("html_elements", mail("Content-Type: text/html", body="<p>a" * 400_001)),
    ("html_nesting", mail("Content-Type: text/html", body="<div>" * 50_000)),
)


@pytest.mark.parametrize(("limit", "raw"), OVER, ids=[f"{row[0]} {number}" for number, row in enumerate(OVER)])
def test_a_mail_over_a_limit_is_held_with_the_figure_and_soon(limit: str, raw: bytes) -> None:
    rejection = relative_cost.at_most(COST, lambda: refuse(raw))
    assert (rejection.reason, rejection.evidence["limit"]) == (Reason.OVER_LIMIT, limit)
    assert int(rejection.evidence["figure"]) > int(rejection.evidence["allowed"])


def test_every_limit_has_a_mail_that_is_over_it() -> None:
    elsewhere = {"received", "seconds", "cpu", "memory"}
    untested = set(Limits.__dataclass_fields__) - {limit for limit, _ in OVER} - elsewhere
    assert untested == set()


def test_more_hops_than_any_honest_way_has_is_a_loop() -> None:
    hops = ["Received: from a by b; Fri, 3 May 2024 10:00:00 +0200"] * 51
    rejection = refuse(mail(*hops))
    assert (rejection.reason, rejection.evidence) == (Reason.LOOP, {"received": "51"})
    assert read(mail(*hops[1:])).author


def test_a_rejection_says_who_wrote_and_about_what_if_that_was_read() -> None:
    rejection = refuse(mail(body=b"x" * 1_048_577))
    assert (rejection.author, rejection.subject) == ("anna@x.example", "Re: Case 1")


def test_every_limit_is_a_setting_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(PREFIX + name, value)
    for number, limit in enumerate(Limits.__dataclass_fields__, 1):
        least = {"memory": 500_000_000, "mail": 10_000, "seconds": 1, "cpu": 1, "attachments": 1, "nesting": 2}
        monkeypatch.setenv(LimitSettings.variable(limit), str(least.get(limit, 2_000) + number))
    limits = of_settings(load())
    assert all(getattr(limits, name) != getattr(DEFAULT, name) for name in Limits.__dataclass_fields__)
    assert (limits.mail, limits.memory) == (10_001, 500_000_017)


def test_limits_can_be_set() -> None:
    assert refuse(mail(), replace(DEFAULT, mail=10)).evidence == {"limit": "mail", "figure": "190", "allowed": "10"}


AT = (
    ("50 levels", nested_mail("multipart/mixed", 50)),
    ("10,000 attached mails in one another", nested_mail("message/rfc822", 10_000)),
    ("1,000 parts", whole("mixed", *[text("x") for _ in range(999)])),
    ("250 files", whole("mixed", *[file(f"{n}.txt", b"x", "text/plain") for n in range(250)])),
    ("200 encoded words", mail(f"Subject: {'=?utf-8?q?a?= ' * 200}")),
    ("a long subject", mail(f"Subject: {'word ' * 13_000}")),
    ("a long To", mail(head=(HEAD[0], f"To: {'a@b.example, ' * 5000}"))),
    ("a long From", mail(head=(f"From: {'a.' * 32_000}@b.c",))),
    ("a From of words", mail(head=(f"From: {'word ' * 13_000}<a@b.c>",))),
    ("a From of comments", mail(head=(f"From: {'(' * 30_000}a@b.c",))),
    ("a From of groups", mail(head=(f"From: {'g:;' * 20_000}",))),
    ("a From of quotes", mail(head=(f"From: {chr(34) * 60_000}",))),
    ("encoded words that never end", mail(f"Subject: {'=?utf-8?q?' * 199}{'a' * 60_000}")),
    ("a long date", mail(head=(HEAD[0], f"Date: {'(' * 60_000}"))),
    ("encoded words in every field", mail(*[f"X-{n}: {'=?utf-8?q?a?= ' * 18}" for n in range(900)])),
    ("an address of encoded words", mail(head=(f"From: {'=?utf-8?b?4pyT?= ' * 199}<a@b.c>",))),
    ("signs of encoded words in To", mail(f"To: {'=?' * 199}{'?=' * 30_000}")),
    ("999 fields of one name", mail(*["X: 1"] * 990)),
    ("lists in lists", mail("Content-Type: text/html", body="<ul>" * 900 + "<li>" * 60_000)),
    ("links", mail("Content-Type: text/html", body="<a href=https://x.example>y</a>" * 8000)),
    ("attributes", mail("Content-Type: text/html", body=f"<p {' '.join(f'a{n}=1' for n in range(30_000))}>y")),
    ("rules", mail("Content-Type: text/html", body="<hr>" * 60_000)),
    ("a picture in a mail with many", whole("related", text("<img src='cid:a'>" * 9000, "html"), file("a", b"x"))),
)


@pytest.mark.parametrize(("name", "raw"), AT, ids=[row[0] for row in AT])
def test_a_mail_at_a_limit_is_answered_soon(name: str, raw: bytes) -> None:
    result = relative_cost.at_most(COST, lambda: read_mail(raw, custody()))
    assert result.model_dump_json()


@pytest.mark.parametrize("charset", ["punycode", "PunyCode", "x-punycode", "idna"])
def test_an_encoded_word_in_a_charset_of_quadratic_cost_is_refused(charset: str) -> None:
    assert refuse(mail(f"Subject: =?{charset}?q?{'a' * 60_000}?=")).reason is Reason.UNREADABLE


@pytest.mark.parametrize(
    "charset", ["punycode", "utf-7", "zlib", "hex", "undefined", "unicode_escape", "mbcs", "x" * 500]
)
def test_a_body_in_a_charset_that_is_not_allowed_is_read_as_utf_8_with_a_defect(charset: str) -> None:
    result = read(mail(f"Content-Type: text/plain; charset={charset}", body="+ADw-script+AD4- " * 5000))
    assert result.body is not None
    assert result.body.text.startswith("+ADw-script")
    assert "charset" in result.defects[0]


def test_a_plain_text_is_enough_when_the_html_is_over_its_limit() -> None:
    result = read(whole("alternative", text("Yes."), text("x" * 4_300_000, "html")))
    assert result.body is not None
    assert result.body.text == "Yes."
    assert result.attachments == ()


def test_the_largest_record_without_its_body_can_travel() -> None:
    many = ", ".join([f"{'a' * 64}@{'b' * 60}.example"] * 450)
    files = [file("ü" * 300, b"1", "application/" + "x" * 200) for _ in range(250)]
    field, body = multipart("mixed", *files)
    result = read(mail(field, head=(HEAD[0], f"To: {many}", f"Cc: {many}", f"Subject: {'ü' * 30_000}"), body=body))
    assert (len(result.attachments), len(result.to), len(result.cc)) == (250, 100, 100)
    assert "450 addresses" in result.defects[0]
    assert len(result.model_copy(update={"body": None}).model_dump_json().encode()) < 256 * 1024
