"""A notice as it is really sent is found again in an answer, in both forms, and with a tenant's own texts."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html import escape, unescape
from uuid import uuid4

import pytest

from cases.addresses.tokens import new_handle
from cases.outgoing.notices import Notice, as_sent, compose
from schemas.own_mail import REPLY_MARKER
from tests.builders.world import KEYS
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract, extract_html

URL = "https://console.example"
NOTICE = Notice(
    recipient_id=uuid4(),
    recipient_email="ann@people.example",
    handle=new_handle(),
    tenant_id=uuid4(),
    tenant_name="Linden & Sons",
    tenant_slug="linden",
    mail_domain="cases.example",
    case_id=uuid4(),
    case_number="2026-7",
    case_title="A leak <in> the roof",
    author_name="Sam Staff",
    author_email="sam@linden.example",
    text="Is <b>it</b> still wet?\nPlease look on Friday, and write to us what you find.",
    posted_at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    files=("plan.pdf", "photo of the roof.png"),
    update_id=uuid4(),
)
NOTICES = {
    "plain": NOTICE,
    "without files": replace(NOTICE, files=()),
    "replies off": replace(NOTICE, handle=None),
    "sender not verified": replace(NOTICE, unverified=True),
    "own texts": replace(NOTICE, intro="News from Linden,\nabout your case:", footer="Linden & Sons, 1 High Street"),
    "a short text": replace(NOTICE, text="Ok?"),
    "Japanese": replace(NOTICE, text="金曜日に屋根を見てください。何か見つけたら教えてください。"),
}


@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
@pytest.mark.parametrize("own", ["Still wet.", "No", "Sam Staff called me."])
def test_a_notice_without_any_sign_of_a_quote_is_found(own: str, notice: Notice) -> None:
    mail = message_from_bytes(compose(notice, KEYS, URL), policy=default)
    plain, rich = (mail.get_body((kind,)).get_content().replace(REPLY_MARKER, "") for kind in ("plain", "html"))  # type: ignore[union-attr]
    sent = [as_sent(notice, URL)]
    assert own_words(extract(f"{own}\n\n{plain}"), sent).text == own
    assert own_words(extract_html(f"<p>{escape(own)}</p>{rich}"), sent).text == own
    assert own_words(extract(f"{plain}\n\n{own}"), sent).text == own


#: How mail programs write a link as plain text: its words, and its target.
LINKS = {
    "behind": r"\2 <\1>",
    "in parentheses": r"\2 (\1)",
    "in brackets": r"\2 [\1]",
    "in a line below": r"\2\n<\1>",
    "bare in a line below": r"\2\n\1",
    "below an empty line": r"\2\n\n<\1>",
    "words alone": r"\2",
    "target alone": r"\1",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("sign", ["> ", ">", "| ", "SS> ", ""])
@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_a_notice_of_html_turned_into_text_is_found_however_a_link_is_written(
    notice: Notice, sign: str, link: str
) -> None:
    mail = message_from_bytes(compose(notice, KEYS, URL), policy=default)
    rich = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    with_links = re.sub(r'<a href="([^"]*)">(.*?)</a>', link.replace("<", "&lt;").replace(">", "&gt;"), rich)
    shown = unescape(re.sub(r"<[^>]*>", "", with_links)).strip()
    quote = "\n".join(sign + line for line in shown.split("\n"))
    sent = [as_sent(notice, URL)]
    wrote = "On Mon, 23 Nov 2026 at 12:00, Sam Staff (Linden & Sons) <updates@cases.example> wrote:"
    for text in (f"Still wet.\n\n{wrote}\n\n{quote}", f"{wrote}\n\n{quote}\n\nStill wet."):
        assert own_words(extract(text), sent).text == "Still wet."


def test_a_notice_names_what_mail_programs_write_above_its_quote() -> None:
    assert as_sent(NOTICE, URL).signs == (
        "updates@cases.example",
        "Sam Staff (Linden & Sons)",
        "[2026-7] A leak <in> the roof",
    )
