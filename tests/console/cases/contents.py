"""Contents that the tests post both by form and by mail, and contents that both ways must refuse."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from cases.updates.posting_rules import MAX_TEXT
from schemas.files import DEFAULT_FILES
from schemas.reasons import Reason
from tests.builders.files import GOOD, ooxml, pdf, png_header

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


PNG = GOOD["photo.png"]


GIF = GOOD["photo.gif"]


MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + b"\x00" * 413


TEXT = tuple((f"page {number}.txt", f"Page {number} of the letter.\n".encode()) for number in range(DEFAULT_FILES))


MACROS = ooxml("word/document.xml", {"word/vbaProject.bin": b"VBA"})


ACTIVE = pdf({"OpenAction": "<</S /JavaScript /JS (app.alert)>>"})


LOCKED = pdf(password="secret")


File = tuple[str, bytes]


@dataclass(frozen=True)
class Content:
    """The content of an update: text, files, author and access group.

    `meanwhile` is an SQL statement that runs while the update is written. `more` are additional files of the mail, each
    with the reason why it is left out. `sender` is the address that the mail comes from, if not the author's own.
    """

    text: str = "Yes, please."
    files: Sequence[File] = ()
    more: Sequence[tuple[str, bytes, str]] = ()
    author: str = "client"
    group: dict[str, Any] = field(default_factory=dict)
    meanwhile: str = ""
    sender: str = ""


def group(**changes: Any) -> dict[str, Any]:
    return {"name": "Another group", **changes}


def switched(validation: bool, refresh: bool, include: bool) -> dict[str, Any]:
    return group(require_validation=validation, refresh_last_update=refresh, include_in_documents=include)


def policy(**fields: Any) -> str:
    """Returns the statement that sets the tenant's file policy."""
    return f"update tenants set file_policy = '{json.dumps(fields).replace(': ', chr(92) + ': ')}' where id = :tenant"


STAFF = ["admin", "case_manager", "staff"]


OFFICE = "image/png, not what 'pdf' says"


POSTS = {
    # text
    "a line": Content(),
    "lines and blank lines": Content("Hello,\n\nit is the kitchen.\nAnd the bath.\n\n\nRegards"),
    "an indented list": Content("We need:\n  - a plumber\n  - a painter\n\tsoon"),
    "blank lines around": Content("\n\nIn the middle\n\n\n"),
    "many scripts": Content("Grüße, 木曜日, مرحبا, שלום \U0001f697 e\u0301"),
    "an emoji alone": Content("\U0001f44d"),
    "markup": Content("<b>1 < 2</b> & 'so' \"on\" \\ %s &amp; <script>alert(1)</script>"),
    "variables": Content("{{Case.case_number}} {% raw %} {{ x }} ${y} {0}"),
    "a link and an address": Content("See https://example.org/a?b=c&d=%20 or ask ann+x@example.org."),
    "a line of a thousand letters": Content("x" * 1_200 + " end"),
    "the longest text": Content("word " * (MAX_TEXT // 5 - 1) + "final"),
    "a SQL joke": Content("Robert'); drop table updates; --x"),
    "a dot alone on a line": Content("Above\n.\nBelow"),
    # files
    "nothing but a file": Content("", files=[("offer.pdf", PDF)]),
    "a picture": Content("See the photo.", files=[("leak.png", PNG)]),
    "another picture": Content("See the photo.", files=[("leak.GIF", GIF)]),
    "a table": Content("The list.", files=[("list.csv", b"a,b\n1,2\n")]),
    "a sound": Content("Listen.", files=[("drip.mp3", MP3)]),
    "the most files": Content("See the files.", files=TEXT),
    "a file with a foreign name": Content("Here.", files=[("Übersicht für Sie 木.pdf", PDF)]),
    "the same file under two names": Content("Twice.", files=[("a.txt", b"same\n"), ("b.txt", b"same\n")]),
    "a program besides": Content("Run it.", files=TEXT[:1], more=[("a.exe", b"MZ", "files of type 'exe'")]),
    "a picture that is called a document": Content("Read.", files=TEXT[:1], more=[("a.pdf", PNG, OFFICE)]),
    "one file more than there may be": Content(
        "All of it.", files=TEXT, more=[("page 6.txt", b"Page 6\n", "an update has at most 5 files")]
    ),
    "an empty file besides": Content("Empty.", files=TEXT[:1], more=[("empty.txt", b"", "it is empty")]),
    "a file without a type besides": Content("What?", files=TEXT[:1], more=[("README", b"x\n", "a file without a")]),
    "a photo of a phone": Content("See the photo.", files=[("IMG_6.HEIC", GOOD["IMG_6.heic"])]),
    "documents": Content("See these.", files=[(name, GOOD[name]) for name in ("letter.docx", "list.xls", "plan.pdf")]),
    "a document with macros besides": Content(
        "Open it.", files=TEXT[:1], more=[("a.docm", MACROS, "it has macros in it")]
    ),
    "a PDF with JavaScript besides": Content(
        "Open it.", files=TEXT[:1], more=[("a.pdf", ACTIVE, "it has JavaScript in it")]
    ),
    "a locked file besides": Content("Guess.", files=TEXT[:1], more=[("a.pdf", LOCKED, "locked with a password")]),
    "an archive besides": Content("All.", files=TEXT[:1], more=[("a.zip", GOOD["all.zip"], "files of type 'zip'")]),
    "a picture of two gigapixels besides": Content(
        "Big.", files=TEXT[:1], more=[("a.png", png_header(50_000, 50_000), "50,000 by 50,000 pixels")]
    ),
    "macros where the tenant lets them in": Content(
        "Open it.", files=[("a.docm", MACROS)], meanwhile=policy(macros=True)
    ),
    "an archive where the tenant lets it in": Content(
        "All.", files=[("a.zip", GOOD["all.zip"])], meanwhile=policy(types=["zip", "txt"])
    ),
    "one file more than the tenant wants": Content(
        "Two.",
        files=TEXT[:2],
        more=[(*TEXT[2], "an update has at most 2 files")],
        meanwhile=policy(most_files=2),
    ),
    "a file larger than the tenant wants": Content(
        "Long.",
        files=TEXT[:2],
        more=[("long.txt", b"long " * 100, "it is too large")],
        meanwhile=policy(most_bytes=400),
    ),
    # people
    "by an admin": Content("From the top.", author="admin"),
    "by the case manager": Content("From the manager.", author="manager"),
    "by staff": Content("From the desk.", author="staff", files=TEXT[:1]),
    "by another client of the case": Content("Me too.", author="member"),
    "from an alias": Content("From home.", sender="ann@home.example"),
    "from an alias in capitals": Content("From home.", sender="ANN@HOME.example"),
    "from an alias of staff": Content("From home.", author="staff", sender="ann@home.example"),
    # access groups
    **{
        f"validation {validation}, refresh {refresh}, documents {include}, by {author}": Content(
            author=author, group=switched(validation, refresh, include)
        )
        for validation, refresh, include in product((True, False), repeat=3)
        for author in (("client", "staff", "manager", "admin") if validation else ("client",))
    },
    "with files that wait": Content(files=TEXT[:2], group=group(require_validation=True)),
    "unseen by clients": Content(author="staff", group=group(may_see=STAFF)),
    "unseen by clients, and waiting": Content(author="staff", group=group(may_see=STAFF, require_validation=True)),
    # the tenant's rules on the text
    "just as long as the tenant allows": Content(
        "x" * 99, meanwhile="update tenants set most_text = 100 where id = :tenant"
    ),
    "a text and a file, where there must be a text": Content(
        "See.", files=TEXT[:1], meanwhile="update tenants set text_required = true where id = :tenant"
    ),
    # changes while the update is written
    "a recipient is archived meanwhile": Content(meanwhile="update users set active = false where id = :member"),
    "a client leaves the case meanwhile": Content(meanwhile="delete from case_members where user_id = :member"),
    "the case gets another manager": Content(meanwhile="update cases set manager_id = :admin where id = :case"),
    "clients may only post meanwhile": Content(
        meanwhile="update access_groups set may_see = '{admin,case_manager,staff}' where tenant_id = :tenant"
    ),
    "the group begins to require validation": Content(
        meanwhile="update access_groups set require_validation = true where tenant_id = :tenant"
    ),
}


REFUSALS = {
    "no text and no file": Content(" \n\t "),
    "a text one letter too long": Content("x" * (MAX_TEXT + 1)),
    "a text that is far too long": Content("word " * 20_000),
    "a text that is too long for the tenant": Content(
        "x" * 101, meanwhile="update tenants set most_text = 100 where id = :tenant"
    ),
    "a file alone, where there must be a text": Content(
        " \n", files=TEXT[:1], meanwhile="update tenants set text_required = true where id = :tenant"
    ),
    "a closed case": Content("One more.", meanwhile="update cases set open = false where id = :case"),
    "a closed case, by staff": Content(
        "One.", author="staff", meanwhile="update cases set open = false where id = :case"
    ),
    "a closed case, with files": Content(files=TEXT, meanwhile="update cases set open = false where id = :case"),
    "a group that is closed to clients meanwhile": Content(
        meanwhile="update access_groups set may_post = '{admin}' where tenant_id = :tenant"
    ),
    "a group that is closed to staff meanwhile": Content(
        author="staff", meanwhile="update access_groups set may_post = '{admin,client}' where tenant_id = :tenant"
    ),
}


#: Contents whose authors can't open the form, each with the page to which the form redirects, or its status, and with
#: the reason of the mail.
CLOSED = {
    "archived meanwhile": (
        Content(meanwhile="update users set active = false where id = :client"),
        "/login",
        Reason.AUTHOR_INACTIVE,
    ),
    "archived meanwhile, from an alias": (
        Content(sender="ann@home.example", meanwhile="update users set active = false where id = :client"),
        "/login",
        Reason.AUTHOR_INACTIVE,
    ),
    "the tenant is switched off meanwhile": (
        Content(meanwhile="update tenants set active = false where id = :tenant"),
        "/login",
        Reason.TENANT_INACTIVE,
    ),
    "taken off the case meanwhile": (
        Content(meanwhile="delete from case_members where user_id = :client"),
        "404",
        Reason.NOT_ALLOWED,
    ),
}
