"""The console is accessible: in a browser, each page passes axe-core's rules (WCAG 2.2 A and AA, best practices)."""

from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from schemas.reasons import Reason
from schemas.tables import Decision, EmailAlias, MailState, Source, SourceKind, Via, now
from storage.database import Database
from tests.builders.rows import add, add_file, add_mail, add_update, run
from tests.builders.world import World
from tests.console.access_groups import STAFF, add_group
from tests.console.browser import Console
from tests.console.chromium import LAPTOP, PHONE, log_in, opened

PAGES = (
    *("/cases", "/cases/{case}", "/inbound", "/inbound?state=held", "/inbound/{mail}", "/people/{client}"),
    *("/settings/general", "/settings/senders", "/settings/people", "/settings/access-groups", "/settings/templates"),
    *("/settings/files", "/settings/signatures", "/settings/inbound", "/settings/sources", "/settings/sources/new"),
    *("/settings/api-tokens", "/settings/erasure", "/settings/sources/{source}", "/reports"),
)


def problems(page: Page) -> list[str]:
    """Returns what axe-core finds on the page: the broken rule, the element, and how to fix it."""
    page.evaluate("for (const fold of document.querySelectorAll('details:not(.address)')) fold.open = true")
    rules = {"rules": {"target-size": {"enabled": True}}}
    found: dict[str, list[dict[str, Any]]] = Axe().run(page, options=rules).response
    assert {"target-size", "region"} <= {rule["id"] for rule in found["passes"]}, "it has not looked"
    broken = [(rule["id"], node) for rule in found["violations"] for node in rule["nodes"]]
    return [f"{rule} {node['target']}: {node['failureSummary']}" for rule, node in broken]


def fill(world: World, database: Database) -> UUID:
    """Fills the case with all that an update may have, and adds a preset, aliases and a failing source; returns the id
    of the source."""
    world.post(database, "staff", "client", "manager", text="See https://a.example and https://b.example")
    cut = [{"kind": kind, "before": 4, "text": "> x", "confidence": 1} for kind in ("quote", "signature")]
    cut.append(cut[0] | {"restored": True, "added": 1})
    left_out = [{"name": f"{n}.exe", "why": "not supported", "part": n, "reason": "type"} for n in range(2)]
    mail = add_mail(world, MailState.POSTED)
    internal = add_group(world, may_see=STAFF)
    more = {"edited_by": world.people["staff"], "edited_at": now()}
    update = add_update(world, "client", "Yes.", via=Via.EMAIL, cut=cut, left_out=left_out, mail_id=mail, **more)
    for number in range(2):
        add_file(world, update, f"{number}.png", f"{world.tenant_id}/file/00/0", "image/png")
    add_update(world, "client", "May I?", validated=False, access_group_id=internal)
    decided = {"decision": Decision.RETURNED, "decided_by": world.people["manager"], "decided_at": now()}
    add_update(world, "client", "And this?", validated=False, **decided)
    run(world, "insert into templates (id, tenant_id, kind, name, text) values (uuidv7(), :id, 'preset', 'a', 'b')",
        id=world.tenant_id)  # fmt: skip
    for confirmed in (now(), None):
        email = f"ann.{confirmed is None}@home.example"
        add(world, EmailAlias(tenant_id=world.tenant_id, user_id=world.people["client"], email=email, email_key=email,
            confirmed_at=confirmed))  # fmt: skip
    options = {"host": "imap.example.org", "username": "ann"}
    source = Source(tenant_id=world.tenant_id, kind=SourceKind.IMAP, name="Office", options=options, failures=3,
        last_error="no answer", next_at=now())  # fmt: skip
    add(world, source)
    return source.id


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["a laptop by day", "a phone at night"]
)
def test_nothing_keeps_anybody_from_reading_and_using_a_page(
    console: Console, desk: World, database: Database, size: tuple[int, int], scheme: str
) -> None:
    source = fill(desk, database)
    mail = add_mail(desk, MailState.HELD, reason=Reason.AUTHOR_UNKNOWN, subject="An odd one", author="x@y.example")
    names = {"case": desk.case_id, "mail": mail, "client": desk.people["client"], "source": source}
    found: dict[str, list[str]] = {}
    with opened(size, color_scheme=scheme, has_touch=size == PHONE) as page:
        for path in ("/login", "/forgot"):
            page.goto(console.url + path)
            found[path] = problems(page)
        log_in(page, console, desk, "admin")
        for path in PAGES:
            page.goto(console.url + path.format(**names))
            found[path] = problems(page)
    assert {path: problems for path, problems in found.items() if problems} == {}
