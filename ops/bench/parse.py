"""`casemail bench parse`: CPU for reading a mail, next to bare mail-parser in the same run.

Both take turns on the same bytes, so that other load on the machine affects both; the median of the turns counts.
"""

import time
from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime
from math import inf
from random import Random
from statistics import median
from uuid import UUID

import mailparser
import typer
from rich.console import Console
from rich.table import Table

from ops.bench.generator import Correspondent, mails
from schemas.records import Custody, ParsedMail, Rejection
from workers.parse.read import read_mail

#: The highest cost of a plain 4 KB mail as it is delivered, as a multiple of bare mail-parser's. Without the fields of
#: servers, bare mail-parser only copies the text, and takes half the time; casemail looks at each word, and takes the
#: same as before. So that mail is measured, too, but its multiple says nothing: no mail arrives like that.
MOST_TIMES = 2.0
#: The highest cost of an HTML of 1 MB, in CPU milliseconds.
MOST_MS = 500.0
_PERSON = Correspondent("ann@people.example", "case-1@cases.example")
_HEADER = (
    b"MIME-Version: 1.0\r\nFrom: Ann <ann@people.example>\r\nTo: case-1@cases.example\r\n"
    b"Date: Mon, 23 Nov 2026 09:15:00 +0000\r\nMessage-ID: <1@people.example>\r\nSubject: Re: A case\r\n"
)


def plain(random: Random) -> bytes:
    """Returns an answer of about 4 KB in plain text with a short header, as no server delivers it."""
    words = " ".join(random.choices(("case", "letter", "court", "tomorrow", "repair"), k=10))
    own, quoted = f"{words}.\r\n" * 16, f"> {words}\r\n" * 36
    text = f"{own}\r\nOn Mon, Nov 23, 2026 at 9:12 AM Updates <updates@cases.example> wrote:\r\n\r\n{quoted}"
    return _HEADER + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode()


def delivered(random: Random) -> bytes:
    """Returns an answer of about 4 KB in plain text as it arrives, with the header fields of servers on its way."""
    hop = b"Received: from a.example (a.example [192.0.2.1])\r\n\tby b.example; Mon, 23 Nov 2026 09:15:00 +0000\r\n"
    signature = b"DKIM-Signature: v=1; a=rsa-sha256; d=people.example; s=x;\r\n\th=From:To:Subject;\r\n\tb="
    whole = hop * 4 + signature + random.randbytes(128).hex().encode() + b"\r\n" + plain(random)
    return whole[:4_000]


def html(random: Random) -> bytes:
    """Returns an answer of about 50 KB in HTML alone."""
    style = "margin:0;font-family:Calibri,sans-serif;font-size:11pt"
    lines = (f'<p class="MsoNormal" style="{style}"><span>{random.random()}</span></p>\r\n' for _ in range(450))
    return _HEADER + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + "".join(lines).encode()


def thread(random: Random) -> bytes:
    """Returns an answer of about 1 MB in HTML alone, with a thread of forty mails, each quoted in the next."""
    style = "margin:0;font-family:Calibri,sans-serif;font-size:11pt"
    line = '<p class="MsoNormal" style="{}"><span>{} {}</span></p>\r\n'
    mail = (
        '<div class="gmail_quote"><div class="gmail_attr">On Mon, A &lt;a@people.example&gt; wrote:</div><blockquote>'
    )
    own = "".join(line.format(style, random.random(), number) for number in range(20))
    older = (mail + "".join(line.format(style, random.random(), number) for number in range(220)) for _ in range(40))
    return _HEADER + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + (own + "".join(older)).encode()


def with_pdf(random: Random) -> bytes:
    """Returns an answer of about 5 MB with a PDF."""
    (_, small), *_ = mails(random.randrange(1_000), 1, [_PERSON], with_pdf=True)
    head, _, _ = small.rpartition(b"\r\n\r\n--mix\r\n")
    more = encodebytes(b"%PDF-1.7\n" + random.randbytes(3_650_000)).replace(b"\n", b"\r\n")
    fields = b'Content-Type: application/pdf; name="big.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return (head or small).removesuffix(b"--mix--\r\n") + b"\r\n--mix\r\n" + fields + more + b"\r\n--mix--\r\n"


def bare(raw: bytes) -> None:
    """Reads the mail with mail-parser, as a program without casemail would."""
    mail = mailparser.parse_from_bytes(raw)
    _ = (mail.from_, mail.to, mail.cc, mail.subject, mail.date, mail.text_plain, mail.text_html, mail.attachments)


def ours(raw: bytes) -> ParsedMail | Rejection:
    """Reads the mail as the parse stage does."""
    custody = Custody(
        mail_id=UUID(int=1),
        tenant_id=UUID(int=2),
        raw="",
        size=len(raw),
        recipient=_PERSON.reply_to,
        sender=_PERSON.email,
        received_at=datetime.now(UTC),
    )
    return read_mail(raw, custody)


def measure(raw: bytes, turns: int) -> tuple[float, float]:
    """Returns CPU milliseconds a mail of casemail and of mail-parser: medians of `turns` turns of one reading each."""
    times: dict[Callable[[bytes], object], list[float]] = {ours: [], bare: []}
    for _ in range(turns + 1):  # the first turn warms up
        for read, found in times.items():
            started = time.process_time()
            read(raw)
            found.append((time.process_time() - started) * 1_000)
    return median(times[ours][1:]), median(times[bare][1:])


app = typer.Typer()


@app.command("parse")
def command(turns: int = 25, seed: int = 1) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(turns, seed))


def run(turns: int, seed: int) -> int:
    """Measures and prints; a small mail has twenty times as many turns.

    Returns 1 if a plain 4 KB mail as delivered costs more than `MOST_TIMES` bare mail-parser, or an HTML of 1 MB more
    than `MOST_MS`, else 0.
    """
    random = Random(seed)  # noqa: S311  # a load, not a secret
    table = Table(title="CPU ms a mail", title_justify="left")
    for column in ("mail", "bytes", "casemail", "mail-parser", "times"):
        table.add_column(column, justify="left" if column == "mail" else "right")
    costs = []
    for name, raw, more in (
        ("4 KB plain, as delivered", delivered(random), 20),
        ("4 KB plain, hardly a header", plain(random), 20),
        ("1 MB HTML, a long thread", thread(random), 1),
        ("50 KB HTML", html(random), 5),
        ("5 MB with a PDF", with_pdf(random), 1),
    ):
        mine, theirs = measure(raw, turns * more)
        if isinstance(result := ours(raw), Rejection):
            print(f"{name} is not read: {result.reason} {result.evidence}")
            mine = inf
        costs.append((mine, theirs))
        table.add_row(name, f"{len(raw):,}", f"{mine:.2f}", f"{theirs:.2f}", f"{mine / theirs:.2f}")
    Console().print(table)
    (mine, theirs), _, (longest, _), *_ = costs
    most = mine / theirs
    print(f"4 KB plain, as delivered: {most:.2f} times bare mail-parser, at most {MOST_TIMES:.2f}")
    print(f"1 MB HTML: {longest:.0f} ms, at most {MOST_MS:.0f}")
    return 1 if most > MOST_TIMES or longest > MOST_MS else 0
