"""The inbound log lists the tenant's mails and can be searched and filtered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from schemas.reasons import REASONS, Reason
from schemas.tables import MailState, Outbox, OutboxKind, OutboxState, Via, now
from tests.builders.rows import add, add_mail, add_update
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def shown_day(at: datetime) -> str:
    """Returns how the list shows a day that is more than a week ago."""
    return f"{at.day} {at:%b}" if at.year == now().year else f"{at.day} {at:%b} {at.year}"


def subjects(browser: Browser, **query: str) -> list[str]:
    found: list[str] = tree(browser.get("/inbound", **query)).xpath("//a[@class='open']/bdi/text()")
    return found


def test_a_mail_is_listed_with_its_end_state_its_reason_and_the_meaning_of_it(
    desk: World, browse: Callable[..., Browser]
) -> None:
    mail_id = add_mail(
        desk,
        MailState.FORWARDED,
        author="stranger@people.example",
        subject="<script>alert(1)</script> \u202ehello",
        recipient=f"case-7@{desk.mail_domain}",
        reason=Reason.AUTHOR_UNKNOWN,
        received_at=AT,
        ended_at=AT + timedelta(milliseconds=137),
    )
    page = browse("manager").get("/inbound")
    assert words(page, "//li[@data-mail]") == (
        f"stranger@people.example <script>alert(1)</script> [U+202E]hello To case-7@{desk.mail_domain} "
        f"Forwarded Unknown sender {shown_day(AT)}"
    )
    assert tree(page).xpath("//li[@data-mail]//time/@title") == ["2026-03-01 12:00:00 UTC"]
    assert "<script>alert" not in page.text
    shown = browse("manager").get(f"/inbound/{mail_id}")
    assert REASONS[Reason.AUTHOR_UNKNOWN].meaning in words(shown)
    assert "Reason code author_unknown" in words(shown)


def test_a_mail_on_its_way_is_listed_before_anything_is_known_of_it(
    desk: World, browse: Callable[..., Browser]
) -> None:
    add_mail(desk, MailState.MOVING, received_at=AT)
    row = words(browse("manager").get("/inbound"), "//li[@data-mail]")
    assert row == f"bounces@people.example No subject To someone@{desk.mail_domain} In progress {shown_day(AT)}"


def test_a_mail_held_for_months_has_its_milliseconds(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(desk, MailState.FORWARDED, received_at=AT, ended_at=AT + timedelta(days=90))
    assert "7776000000 ms after it came in" in words(browse("manager").get(f"/inbound/{mail_id}"))


def test_mails_are_found_by_state_and_by_author_subject_and_recipient(
    desk: World, browse: Callable[..., Browser]
) -> None:
    add_mail(desk, MailState.HELD, subject="one", author="anna@people.example")
    add_mail(desk, MailState.POSTED, subject="two 100%", author="bo@people.example")
    add_mail(desk, MailState.POSTED, subject="three", recipient=f"case-99@{desk.mail_domain}")
    admin = browse("admin")
    assert subjects(admin) == ["three", "two 100%", "one"]
    assert subjects(admin, state="posted") == ["three", "two 100%"]
    assert subjects(admin, q="ANNA@") == ["one"]
    assert subjects(admin, q="0%") == ["two 100%"]
    assert subjects(admin, q="case-99") == ["three"]
    assert subjects(admin, state="held", q="case-99") == []
    assert admin.get("/inbound", state="lost").status_code == 400


def test_a_bounce_is_found_by_the_sender_of_its_envelope(desk: World, browse: Callable[..., Browser]) -> None:
    add_mail(desk, MailState.HELD, subject="one", author="daemon@mx.example", sender="bounces+7@list.example")
    add_mail(desk, MailState.HELD, subject="two")
    assert subjects(browse("admin"), q="bounces+7@") == ["one"]


def test_mails_are_found_by_day_in_the_zone_of_who_asks(desk: World, browse: Callable[..., Browser]) -> None:
    add_mail(desk, MailState.POSTED, subject="late in Berlin", received_at=datetime(2026, 2, 28, 23, 30, tzinfo=UTC))
    add_mail(desk, MailState.POSTED, subject="noon", received_at=AT)
    add_mail(desk, MailState.POSTED, subject="the day after", received_at=AT + timedelta(days=1))
    admin = browse("admin")
    assert subjects(admin, since="2026-03-01", until="2026-03-01") == ["noon"]
    assert subjects(admin, since="2026-03-01", until="2026-03-01", zone="Europe/Berlin") == ["noon", "late in Berlin"]
    assert subjects(admin, since="2026-03-02") == ["the day after"]
    assert subjects(admin, until="2026-02-28") == ["late in Berlin"]
    assert "Days are those of Europe/Berlin." in words(admin.get("/inbound", since="2026-03-01", zone="Europe/Berlin"))


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "../../etc/passwd", "/etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_taken_for_utc(desk: World, browse: Callable[..., Browser], zone: str) -> None:
    add_mail(desk, MailState.POSTED, subject="noon", received_at=AT)
    page = browse("admin").get("/inbound", since="2026-03-01", until="2026-03-01", zone=zone)
    assert words(page, "//a[@class='open']") == "noon"
    assert "Days are those of UTC." in words(page)


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "9999-12-31"])
def test_what_is_not_a_day_is_refused_with_an_example(desk: World, browse: Callable[..., Browser], day: str) -> None:
    page = browse("admin").get("/inbound", until=day)
    assert page.status_code == 400
    assert f"{day} is not a day. Give one like 2026-11-01." in words(page, "//*[@role='alert']")


def test_the_mails_of_one_batch_are_a_click_away(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(desk, MailState.POSTED, subject="one")
    add_mail(desk, MailState.POSTED, subject="of another batch")
    admin = browse("admin")
    (link,) = tree(admin.get(f"/inbound/{mail_id}")).xpath("//a[contains(@href, 'batch=')]/@href")
    page = admin.get(link)
    assert words(page, "//a[@class='open']") == "one"
    assert words(page, "//*[@id='found']//p[@role='status']") == "1 email. Only emails of one batch. Clear the filters"


def test_further_pages_and_acts_keep_what_the_log_was_narrowed_by(desk: World, browse: Callable[..., Browser]) -> None:
    for _ in range(51):
        add_mail(desk, MailState.HELD, subject="a & b", received_at=AT)
    query = {"state": "held", "q": "a & b", "since": "2026-03-01", "zone": "Europe/Berlin"}
    page = tree(browse("admin").get("/inbound", **query))
    asked = "state=held&q=a+%26+b&since=2026-03-01&zone=Europe%2FBerlin"
    assert page.xpath("//input[@name='back']/@value") == [f"/inbound?{asked}"]
    (more,) = page.xpath("//li[@class='more']//a/@href")
    assert more.startswith(f"/inbound?{asked}&before=")


def test_an_empty_list_says_what_it_means(desk: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    said = "//*[@id='found']"
    assert "No email came in yet Write to the address of a case" in words(admin.get("/inbound"), said)
    assert "Nothing needs review Emails that can't post wait here" in words(admin.get("/inbound", state="held"), said)
    matters = admin.get("/inbound", state="held", reason="not_related")
    assert "No new matter waits Emails about something new" in words(matters, said)
    searched = admin.get("/inbound", state="held", q="nothing")
    assert "No email matches Nothing in Needs review matches what you search for." in words(searched, said)
    assert tree(searched).xpath("//*[@class='blank-ways']/a/@href") == ["/inbound?state=held"]


def test_every_mail_is_on_exactly_one_page(desk: World, browse: Callable[..., Browser]) -> None:
    at = now()
    for number in range(55):
        add_mail(desk, MailState.POSTED, subject=f"mail {number}", received_at=at - timedelta(seconds=number // 7))
    admin = browse("admin")
    first = admin.get("/inbound", state="posted")
    older = admin.get(tree(first).xpath("//li[@class='more']//a/@href")[0])
    seen = [text for page in (first, older) for text in tree(page).xpath("//a[@class='open']/bdi/text()")]
    assert len(seen) == 55
    assert set(seen) == {f"mail {number}" for number in range(55)}


def test_the_page_of_a_mail_has_all_the_evidence(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(
        desk,
        MailState.HELD,
        subject="Re: A leak",
        reason=Reason.FORWARD_FAILED,
        evidence={"the mail server says": "550 <no such user>", "rejected for": "author_unknown"},
        received_at=AT,
        ended_at=AT + timedelta(seconds=2),
    )
    add(
        desk,
        Outbox(
            tenant_id=desk.tenant_id,
            kind=OutboxKind.CATCH_ALL,
            mail_id=mail_id,
            to_email="all@people.example",
            state=OutboxState.FAILED,
            attempts=3,
            error="550",
        ),
    )
    shown = words(browse("admin").get(f"/inbound/{mail_id}"))
    assert "rejected for author_unknown the mail server says 550 <no such user>" in shown
    assert REASONS[Reason.FORWARD_FAILED].meaning in shown
    assert "2000 ms after it came in" in shown
    assert "all@people.example, failed, 3 tries: 550" in shown
    assert "queue-7" in shown


def test_the_page_of_a_posted_mail_leads_to_its_update(desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(desk, MailState.POSTED, ended_at=now())
    update_id = add_update(desk, "client", "Yes", via=Via.EMAIL, mail_id=mail_id)
    page = browse("manager").get(f"/inbound/{mail_id}")
    assert f"/cases/{desk.case_id}#u-{update_id}" in tree(page).xpath("//main//a/@href")


def test_a_duplicate_leads_to_the_mail_that_came_first(desk: World, browse: Callable[..., Browser]) -> None:
    first = add_mail(desk, MailState.POSTED)
    again = add_mail(desk, MailState.DROPPED, reason=Reason.DUPLICATE, duplicate_of=first)
    assert f"/inbound/{first}" in tree(browse("admin").get(f"/inbound/{again}")).xpath("//main//a/@href")


def test_the_original_is_downloaded_byte_for_byte(
    console: Console, desk: World, browse: Callable[..., Browser]
) -> None:
    raw = b"From: a@people.example\r\nSubject: \xff\x00\r\n\r\n<script>alert(1)</script>\r\n"
    mail_id = add_mail(desk, MailState.HELD, raw=console.blobs().put(desk.tenant_id, "raw", raw))
    answer = browse("manager").get(f"/inbound/{mail_id}/original")
    assert answer.content == raw
    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="mail-{mail_id}.eml"')
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("name", ["staff", "client"])
def test_the_inbound_log_is_for_admins_and_case_managers(
    desk: World, browse: Callable[..., Browser], name: str
) -> None:
    mail_id = add_mail(desk, MailState.HELD)
    person = browse(name)
    for path in ("/inbound", f"/inbound/{mail_id}", f"/inbound/{mail_id}/original"):
        assert person.get(path).status_code == 403


def test_nobody_sees_a_mail_of_another_tenant(desk: World, other_desk: World, browse: Callable[..., Browser]) -> None:
    mail_id = add_mail(desk, MailState.HELD, subject="secret")
    admin = browse("admin", other_desk)
    assert subjects(admin) == []
    assert admin.get(f"/inbound/{mail_id}").status_code == 404
    assert admin.get(f"/inbound/{mail_id}/original").status_code == 404


def test_a_canary_is_listed_only_to_who_asks_for_canaries(desk: World, browse: Callable[..., Browser]) -> None:
    add_mail(desk, MailState.DROPPED, subject="canary", reason=Reason.CANARY)
    add_mail(desk, MailState.DROPPED, subject="away", reason=Reason.AUTO_REPLY)
    admin = browse("admin")
    assert subjects(admin) == subjects(admin, state="dropped") == ["away"]
    assert subjects(admin, reason="canary") == ["canary"]
