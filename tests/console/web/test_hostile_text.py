"""Attacks 39 and 40: text from strangers on the console's pages runs no script and loads nothing from other servers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote
from uuid import UUID

from playwright.sync_api import Dialog, Page, Request

from schemas.tables import MailState, Role, User, new_id, now
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.rows import add, add_file, add_mail, add_update, run
from tests.builders.world import World
from tests.console.browser import Console
from tests.console.chromium import log_in

#: Texts that have run on pages that show them unescaped; a text calls `alert` or makes a request by htmx.
PAYLOADS = (
    '"><img src=x onerror=alert(1)>',
    "<script>alert(1)</script>",
    "</title></textarea></script></style><svg/onload=alert(1)>",
    "' onfocus=alert(1) autofocus x='",
    "{{7*7}}${7*7}<%=7*7%>",
    "javascript:alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<div hx-get=/settings hx-trigger=load>",
    'http://x.example/"onmouseover=alert(1)//',
    "http://x.example/<script>alert(1)</script>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<base href=//evil.example/><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action=javascript:alert(1)><input type=submit id=x>",
    "<details open ontoggle=alert(1)>",
    "<body/onload=alert(1)>",
    "\u2028<!--><script>alert(1)//-->",
)
#: Elements that load something from another server; `{}` is its URL.
REMOTE = (
    "<base href='{}'>",
    "<link rel=stylesheet href='{}'>",
    "<link rel=prefetch href='{}'>",
    "<meta http-equiv=refresh content='0;url={}'>",
    "<style>@import url({});</style>",
    "<p style='background:url({})'>x</p>",
    "<img src='{}'>",
    "<img srcset='{} 2x'>",
    "<picture><source srcset='{}'></picture>",
    "<video src='{}' poster='{}'></video>",
    "<audio src='{}'></audio>",
    "<iframe src='{}'></iframe>",
    "<object data='{}'></object>",
    "<embed src='{}'>",
    "<script src='{}'></script>",
    "<svg><image href='{}'/><feImage href='{}'/><use href='{}'/></svg>",
    "<table background='{}'><tr><td>x</td></tr></table>",
    "<input type=image src='{}'>",
    "<a href='{}' ping='{}'>x</a>",
    "<v:imagedata src='{}'/>",
)


def held(console: Console, database: Database, world: World, words: str, *, field: str = "") -> UUID:
    """Adds a stranger's held mail with these words as HTML, subject, name and file name; returns its id."""
    recipient = reply_address(database, world, world.post(database, "staff", "client"), "client")
    name = "".join(f"={octet:02X}" for octet in words.encode())
    raw = (
        f"From: =?utf-8?q?{name}?= <a@elsewhere.example>\r\nTo: {recipient}\r\nSubject: x\r\n{field}"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Words</p>{words}\r\n"
        "--b\r\nContent-Type: text/plain\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{quote(words)}.txt\r\n\r\nx\r\n--b--\r\n"
    )
    return add_mail(
        world,
        MailState.HELD,
        author="a@elsewhere.example",
        subject=words,
        evidence={"problem": words},
        reason="author_unknown",
        ended_at=now(),
        recipient=recipient,
        raw=console.blobs().put(world.tenant_id, "raw", raw.encode()),
    )


def plant(world: World, console: Console, words: str) -> None:
    """Puts the words wherever a user or an admin can write text."""
    update_id = add_update(world, "client", f"{words}\n\n{words}")
    key = console.blobs().put(world.tenant_id, "file", b"words")
    add_file(world, update_id, f"{words}.txt".replace("/", "_"), key)
    person = new_id()
    email = f"p{person}@people.example"
    row = User(id=person, tenant_id=world.tenant_id, name=words, email=email, email_key=email, role=Role.STAFF)
    add(world, row)


def walk(page: Page, console: Console, paths: list[str]) -> None:
    """Visits each page, opens its folded parts, moves the mouse and presses Tab."""
    for path in paths:
        assert page.goto(f"{console.url}{path}"), path
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        page.mouse.move(300, 300)
        page.keyboard.press("Tab")
    page.wait_for_load_state("networkidle")


def pages(world: World, mails: list[UUID]) -> list[str]:
    """Returns the pages that show texts of users and strangers."""
    settings = ("general", "people", "templates", "access-groups", "sources", "senders", "signatures", "inbound")
    return [
        "/cases",
        f"/cases/{world.case_id}",
        "/inbound",
        "/inbound?state=held",
        *(f"/settings/{name}" for name in (*settings, "api-tokens")),
        *(f"/inbound/{mail}" for mail in mails),
        *(f"/inbound/{mails[0]}/{more}" for more in ("what-if", "why")),
    ]


def test_attack_39_no_text_of_a_mail_a_file_a_person_or_a_setting_runs_on_any_page(
    console: Console, database: Database, desk: World, laptop: Page
) -> None:
    mails = [held(console, database, desk, words) for words in PAYLOADS]
    for words in PAYLOADS:
        plant(desk, console, words)
    everything = " ".join(PAYLOADS)
    run(desk, "update cases set title = :words where id = :id", words=everything, id=desk.case_id)
    run(desk, "update tenants set name = :words where id = :id", words=everything, id=desk.tenant_id)
    ran: list[str] = []
    elsewhere: list[str] = []

    def shown(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    def seen(request: Request) -> None:
        if not request.url.startswith((console.url, "data:", "blob:", "about:")):
            elsewhere.append(request.url)

    laptop.on("dialog", shown)
    laptop.on("request", seen)
    log_in(laptop, console, desk, "admin")
    walk(laptop, console, pages(desk, mails))
    assert (ran, elsewhere) == ([], [])


def test_attack_40_nothing_that_a_mail_names_is_fetched_by_us_or_by_who_reads_it(
    console: Console, database: Database, desk: World, laptop: Page
) -> None:
    with listening() as (address, asked):
        every = "".join(kind.replace("{}", f"{address}/{place}") for place, kind in enumerate(REMOTE))
        # a parser may take everything after such an element for its content, so these are also sent alone
        alone = [kind.replace("{}", f"{address}/alone") for kind in REMOTE if kind.startswith(("<style", "<script"))]
        fields = (
            f"Disposition-Notification-To: a@elsewhere.example\r\nList-Unsubscribe: <{address}/list>\r\n"
            f"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nContent-Location: {address}/location\r\n"
        )
        mails = [held(console, database, desk, words, field=fields) for words in (every, *alone)]
        plant(desk, console, every)
        log_in(laptop, console, desk, "admin")
        walk(laptop, console, pages(desk, mails))
        assert asked == []
        assert laptop.request.get(f"{address}/seen").ok
        assert asked == ["/seen"], "the listener would have seen it"


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Runs a web server on this machine; yields its URL, and the list of the paths that were requested."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
