"""Everybody can use the console: axe-core's rules (WCAG 2.2 A and AA, and good practice) on each page, in a browser."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from schemas.reasons import Reason
from schemas.tables import MailState
from storage.database import Database
from tests.console.browser import Console, add_mail
from tests.console.chromium import LAPTOP, PHONE, log_in, opened
from tests.world import World

PAGES = (
    *("/cases", "/cases/{case}", "/inbound", "/inbound?state=held", "/inbound/{mail}", "/people/{client}"),
    *("/settings/general", "/settings/senders", "/settings/people", "/settings/access-groups", "/settings/templates"),
    *("/settings/files", "/settings/signatures", "/settings/inbound", "/settings/sources", "/settings/sources/new"),
    "/settings/erasure",
)


def problems(page: Page) -> list[str]:
    """What axe-core finds on the page: the rule, where, and what to do."""
    found: dict[str, list[dict[str, Any]]] = Axe().run(page).response
    assert {"color-contrast", "label", "region"} & {one["id"] for one in found["passes"]}, "it has not looked"
    broken = [(one["id"], node) for one in found["violations"] for node in one["nodes"]]
    return [f"{rule} {node['target']}: {node['failureSummary']}" for rule, node in broken]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["a laptop by day", "a phone at night"]
)
def test_nothing_keeps_anybody_from_reading_and_using_a_page(
    console: Console, desk: World, database: Database, size: tuple[int, int], scheme: str
) -> None:
    desk.post(database, "staff", "client", "manager")
    mail = add_mail(desk, MailState.HELD, reason=Reason.AUTHOR_UNKNOWN, subject="An odd one", author="x@y.example")
    names = {"case": desk.case_id, "mail": mail, "client": desk.people["client"]}
    found: dict[str, list[str]] = {}
    with opened(size, color_scheme=scheme, has_touch=size == PHONE) as page:
        for path in ("/login", "/forgot"):
            page.goto(console.url + path)
            found[path] = problems(page)
        log_in(page, console, desk, "admin")
        for path in PAGES:
            page.goto(console.url + path.format(**names))
            found[path] = problems(page)
    assert {path: told for path, told in found.items() if told} == {}
