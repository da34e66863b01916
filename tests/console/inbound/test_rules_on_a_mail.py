"""The page of a mail shows, rule by rule, why the mail did not post."""

from collections.abc import Callable
from uuid import UUID

import pytest

from schemas.reasons import REASONS, Reason
from schemas.tables import MailState, now
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.rows import add_mail
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from workers.validate.rules import RULES


def add(console: Console, database: Database, world: World, author: str, subject: str = "Re: A leak") -> UUID:
    recipient = reply_address(database, world, world.post(database, "staff", "client"), "client")
    raw = f"From: {world.email(author)}\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\nYes.\r\n".encode()
    key = console.blobs().put(world.tenant_id, "raw", raw)
    more = {"ended_at": now(), "reason": Reason.NOT_A_RECIPIENT, "author": world.email(author)}
    return add_mail(world, MailState.HELD, recipient=recipient, raw=key, **more)


def test_the_page_of_a_mail_asks_for_its_rules_and_has_a_link_without_scripts(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add(console, database, desk, "member")
    page = tree(browse("manager").get(f"/inbound/{mail_id}"))
    (place,) = page.xpath("//div[@id='why']")
    assert (place.get("hx-get"), place.get("hx-trigger")) == (f"/inbound/{mail_id}/why", "load")
    assert place.xpath(".//a/@href") == [f"/inbound/{mail_id}/why"]


def test_each_rule_has_its_answer_in_plain_words_and_the_deciding_rule_comes_first(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add(console, database, desk, "member")
    page = browse("manager").get(f"/inbound/{mail_id}/why")
    assert "With the settings of today it stops here" in words(page, "//div[@id='why']/p")
    rows = [
        [" ".join(cell.text_content().split()) for cell in row.xpath("td")] for row in tree(page).xpath("//tbody/tr")
    ]
    assert len(rows) == len(RULES) + 2
    answers = {asks: answer for answer, asks in rows}
    assert [answer for asks, answer in answers.items() if asks.startswith("Email update replies are on")] == ["yes"]
    assert answers["The update form would take its text and its files"] == "not asked"
    (found,) = [found for answer, found in rows if answer == "no"]
    assert found.startswith("The author was sent the update that it answers")
    assert REASONS[Reason.NOT_A_RECIPIENT].meaning in found
    assert f"author: {desk.email('member')}" in found
    assert tree(page).xpath("//details[contains(@class, 'why')]/@open"), "asked for by itself, it is open"


def test_the_page_says_when_a_mail_passes(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    page = browse("admin").get(f"/inbound/{add(console, database, desk, 'client')}/why")
    assert "With the settings of today it passes every check" in words(page)


def test_what_a_mail_says_of_itself_is_only_shown(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add(console, database, desk, "client", subject="RE: <script>alert(1)</script> \u202ex")
    page = browse("admin").get(f"/inbound/{mail_id}/why")
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text


@pytest.mark.parametrize("name", ["staff", "client"])
def test_the_rules_are_shown_to_admins_and_case_managers(
    console: Console, database: Database, desk: World, browse: Callable[..., Browser], name: str
) -> None:
    mail_id = add(console, database, desk, "member")
    assert browse(name).get(f"/inbound/{mail_id}/why").status_code == 403


def test_nobody_sees_the_rules_of_a_mail_of_another_tenant(
    console: Console, database: Database, desk: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add(console, database, desk, "member")
    assert browse("admin", other_desk).get(f"/inbound/{mail_id}/why").status_code == 404


def test_a_mail_without_its_original_offers_no_rules(desk: World, browse: Callable[..., Browser]) -> None:
    gone = add_mail(desk, MailState.POSTED, raw="", raw_deleted_at=now(), raw_deleted_by="retention")
    assert not tree(browse("admin").get(f"/inbound/{gone}")).xpath("//div[@id='why']")
