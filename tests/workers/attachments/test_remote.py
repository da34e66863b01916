"""Casemail fetches nothing that a mail names: a listener on loopback counts requests."""

import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.request import urlopen

from sqlalchemy import text

from cases.outgoing import notices
from schemas.records import FetchedMail, FilteredMail, ParsedMail, ValidatedMail
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import reply_address
from tests.builders.world import KEYS, World, in_ledger
from workers.attachments.stage import select_all
from workers.explain import why
from workers.parse.stage import parse
from workers.post.stage import post
from workers.validate.stage import validate

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TAGS = (
    *("<img src='{}' srcset='{} 2x'>", "<link rel=stylesheet href='{}'>", "<style>@import url({});</style>"),
    *("<meta http-equiv=refresh content='0;url={}'>", "<base href='{}'>", "<iframe src='{}'></iframe>"),
    *("<object data='{}'></object>", "<embed src='{}'>", "<script src='{}'></script>", "<video poster='{}'></video>"),
    *("<svg><image href='{}'/><use href='{}'/></svg>", "<table background='{}'></table>", "<v:imagedata src='{}'/>"),
    *("<p style='background:url({})'>hi</p>", "<a href='{}' ping='{}'>x</a>", "<input type=image src='{}'>"),
)


@contextmanager
def listening(seen: list[str]) -> Iterator[str]:
    """Starts a web server that notes requests; returns its URL."""

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815  # the library sets the names

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def office(name: Iterator[str]) -> bytes:
    """Returns a document that refers to a DTD, an entity and a template on another server."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        package = "http://schemas.openxmlformats.org/package/2006"
        archive.writestr(
            "[Content_Types].xml",
            f'<!DOCTYPE x SYSTEM "{next(name)}"><Types xmlns="{package}/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{DOCX}.main+xml"/></Types>',
        )
        archive.writestr(
            "word/document.xml", f'<!DOCTYPE x [<!ENTITY e SYSTEM "{next(name)}">]><document>&e;</document>'
        )
        target = f'<Relationship Id="r" Type="attachedTemplate" Target="{next(name)}" TargetMode="External"/>'
        archive.writestr(
            "word/_rels/document.xml.rels", f'<Relationships xmlns="{package}/relationships">{target}</Relationships>'
        )
    return out.getvalue()


def hostile(to: str, author: str, url: str) -> tuple[bytes, int]:
    """Returns a mail that names URLs of this server in every known way, and how many URLs it names."""
    numbers = count()
    name = (f"{url}/{number}" for number in numbers)
    page = "".join(tag.format(*(next(name) for _ in range(tag.count("{}")))) for tag in TAGS)
    html = f'<!DOCTYPE html SYSTEM "{next(name)}"><html><body background="{next(name)}">{page}</body></html>'
    picture = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{next(name)}">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>'
    pdf = (
        f"%PDF-1.4\n1 0 obj<</Type/Catalog/URI<</Base({next(name)})>>/OpenAction<</S/URI/URI({next(name)})>>>>endobj\n"
    )
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["In-Reply-To"] = author, to, "Re: A leak", "<a@b>"
    mail["List-Unsubscribe"] = f"<{next(name)}>"
    mail.set_content(f"Please look at {next(name)}")
    mail.add_alternative(html, subtype="html")
    for file, kind, data in (
        ("x.docx", DOCX, office(name)),
        ("x.svg", "image/svg+xml", picture.encode()),
        ("x.xml", "text/xml", picture.encode()),
        ("x.pdf", "application/pdf", pdf.encode()),
        ("x.html", "text/html", html.encode()),
    ):
        main, _, sub = kind.partition("/")
        mail.add_attachment(data, maintype=main, subtype=sub, filename=file)
    return mail.as_bytes(), next(numbers)


def test_no_stage_fetches_what_a_mail_names(resources: Resources, database: Database, world: World) -> None:
    address, seen = reply_address(database, world, world.post(database, "staff", "client"), "client"), list[str]()
    with listening(seen) as url:
        raw, named = hostile(address, world.email("client"), url)
        custody = in_ledger(world, recipient=address, raw=resources.blobs.put(world.tenant_id, "raw", raw))
        parsed = parse(FetchedMail(custody=custody), resources)
        assert isinstance(parsed, ParsedMail)
        (validated,) = validate([parsed], resources)
        assert isinstance(validated, ValidatedMail)
        (filtered,) = select_all([validated], resources)
        assert isinstance(filtered, FilteredMail)
        assert post([filtered], resources) == [None]
        assert why(world.tenant_id, custody.mail_id, resources)
        with database.tenant(world.tenant_id) as connection:
            query = text(
                "select r.id from update_recipients r join updates u on u.id = r.update_id where via = 'email'"
            )
            for notice in notices.load(connection, list(connection.execute(query).scalars()), KEYS):
                notices.compose(notice, KEYS, "http://console.example")
        assert (named > len(TAGS), seen) == (True, [])
        urlopen(f"{url}/control").close()
        assert seen == ["/control"]
