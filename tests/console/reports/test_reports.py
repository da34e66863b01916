"""Reports: what became of the tenant's email, how soon it posted, and why it did not."""

import csv
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from schemas.reasons import Reason
from schemas.tables import Batch, MailState, Source, SourceKind, Via, now
from tests.builders.rows import add, add_mail, add_update
from tests.builders.world import World
from tests.console.browser import Browser, Console, tree, words
from tests.console.chromium import fits, log_in
from tests.console.held_mails import add_held


@pytest.fixture
def busy(desk: World) -> World:
    """Returns a tenant with two emails that posted, after 2 s and 4 s, one held and one discarded."""
    for seconds in (2, 4):
        at = now()
        mail = add_mail(desk, MailState.POSTED, received_at=at - timedelta(seconds=seconds), ended_at=at)
        add_update(desk, "client", "Thursday is fine.", via=Via.EMAIL, mail_id=mail)
    add_held(desk, Reason.AUTHOR_UNKNOWN)
    add_mail(desk, MailState.DROPPED, reason=Reason.AUTO_REPLY, ended_at=now())
    return desk


def cells(page: httpx.Response, section: str) -> list[str]:
    """Returns the cells of the first row of a section's table."""
    row = tree(page).xpath(f"//section[@aria-labelledby='{section}']//tbody/tr[1]/td")
    return [cell.text_content().strip() for cell in row]


def table(browser: Browser, name: str, **query: str) -> Iterator[dict[str, str]]:
    answer = browser.get(f"/reports/{name}.csv", **query)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return csv.DictReader(StringIO(answer.content.decode("utf-8-sig")))


def test_an_admin_sees_what_became_of_email_how_soon_it_posted_and_why_not(
    busy: World, browse: Callable[..., Browser]
) -> None:
    page = browse("admin").get("/reports")
    tiles = words(page, "//div[@class='tiles']")
    assert tiles.startswith("Received 4 in the last 30 days Posted by themselves 2 50 % of all Time to post 3.0 s")
    assert "Needs review now 1" in tiles
    legend = words(page, "//section[@aria-labelledby='by-day']//p[@class='chart-key']")
    assert legend == "Posted 2 Held 1 Discarded 1"
    assert cells(page, "by-day")[1:] == ["4", "2", "0", "1", "1", "0", "3.0 s", "3.9 s"]
    assert words(page, "//section[@aria-labelledby='reasons']//ul") == "Unknown sender 1 Out of office 1"


def test_the_files_have_the_same_figures(busy: World, browse: Callable[..., Browser]) -> None:
    admin = browse("admin")
    days = list(table(admin, "days", days="7"))
    assert len(days) == 7
    assert days[-1]["Received"] == "4"
    assert days[-1]["Posted"] == "2"
    assert float(days[-1]["Median seconds to post"]) == 3.0
    assert [row["Reason"] for row in table(admin, "reasons")] == ["author_unknown", "auto_reply"]


def test_a_mailbox_shows_its_emails_and_failed_fetches_and_its_name_is_no_formula(
    desk: World, browse: Callable[..., Browser]
) -> None:
    options = {"host": "imap.example"}
    source = Source(
        tenant_id=desk.tenant_id, kind=SourceKind.IMAP, name="=HYPERLINK(1)", options=options, next_at=now()
    )
    add(desk, source)
    begun = now() - timedelta(minutes=2)
    times: dict[str, Any] = {"source_id": source.id, "started_at": begun, "closed_at": begun}
    add(desk, Batch(**times, finished_at=begun + timedelta(seconds=30), seen=5, taken=5))
    add(desk, Batch(**times, error="The server did not answer."))
    admin = browse("admin")
    assert cells(admin.get("/reports"), "mailboxes") == ["=HYPERLINK(1)", "5", "2", "1", "30 s"]
    (row,) = table(admin, "sources")
    assert row["Mailbox"] == "'=HYPERLINK(1)"
    assert (row["Emails"], row["Failed"]) == ("5", "1")


def test_every_email_is_accounted_for_and_of_this_tenant_only(
    busy: World, other_desk: World, browse: Callable[..., Browser]
) -> None:
    add_held(other_desk)
    line = words(browse("admin").get("/reports"), "//p[@class='balance']")
    assert "Posted 2 + Forwarded 0 + Held 1 + Discarded 1" in line
    assert words(browse("admin", other_desk).get("/reports"), "//div[@class='tiles']").startswith("Received 1 ")


def test_a_tenant_without_email_is_told_what_will_be_here(desk: World, browse: Callable[..., Browser]) -> None:
    page = browse("admin").get("/reports", days="90")
    assert "No email in these days" in words(page, "//main")
    assert "0 % of all" not in words(page, "//main")
    assert tree(page).xpath("//a[@aria-current='page']/text()")[-1] == "90 days"


@pytest.mark.parametrize("who", ["manager", "staff", "client"])
def test_only_admins_see_reports(desk: World, browse: Callable[..., Browser], who: str) -> None:
    person = browse(who)
    assert not tree(person.get("/cases")).xpath("//a[@href='/reports']")
    for path in ("/reports", "/reports/days.csv", "/reports/reasons.csv", "/reports/sources.csv"):
        assert person.get(path).status_code == 403


def test_another_number_of_days_is_refused(desk: World, browse: Callable[..., Browser]) -> None:
    assert browse("admin").get("/reports", days="100000").status_code == 400


@pytest.mark.parametrize("device", ["laptop", "phone"])
def test_the_page_with_its_numbers_fits(
    busy: World, console: Console, device: str, request: pytest.FixtureRequest
) -> None:
    page: Page = request.getfixturevalue(device)
    log_in(page, console, busy, "admin")
    page.goto(f"{console.url}/reports")
    page.get_by_text("Show the numbers").click()
    assert fits(page)
