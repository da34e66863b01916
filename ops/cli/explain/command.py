"""`casemail explain`: why a mail is understood as it is, line by line and rule by rule; needs no server.

It is one page of output from top to bottom, and so longer than other modules.
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import fast_mail_parser
import mailparser
import typer

from ops.cli.errors import fail
from ops.cli.explain.decision import decision
from ops.cli.explain.files import files
from ops.cli.explain.words import own_words, words
from ops.cli.mail_file import UNPROVEN, read_file, rejection, understood
from ops.cli.terminal import visible
from schemas.own_mail import ANSWER_THIS_MAIL, OWN_MAIL_FIELD, REPLY_MARKER, SentUpdate
from schemas.records import Failure, Rejection
from schemas.settings import Settings, SettingsError, load
from schemas.settings.mail import Limits as LimitSettings
from workers.parse.automatic.detect import RULES, find_signs, own_mark
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.automatic.findings import Proof, judge
from workers.parse.limits import DEFAULT
from workers.parse.mime.charsets import one_line
from workers.parse.mime.encoded_words import decode_8bit
from workers.parse.mime.parts import payload
from workers.parse.mime.tree import walk
from workers.parse.read import Reading, detection_input

_LONGEST_LINE = 200


app = typer.Typer()


@app.command("explain")
def run(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A mail.")],
    database: Annotated[
        bool, typer.Option("--database", help="Insist on the settings: the database says who may post.")
    ] = False,
    recipient: Annotated[str, typer.Option(help="The envelope recipient; default: as in a fetched mail.")] = "",
    update: Annotated[
        str, typer.Option(metavar="FILE", help="The text of the update, or of its notice, that the mail answers.")
    ] = "",
) -> None:
    """Explains the mail in a file. Without settings, the decision shows only what the mail by itself allows.

    Raises `SettingsError` where `database` asks for settings and they are missing.
    """
    settings: Settings | None
    try:
        settings = load()
    except SettingsError:
        if database:
            raise
        settings = None
    try:
        reading = read_file(file)
        if update:
            answered = SentUpdate(REPLY_MARKER, Path(update).read_text(encoding="utf-8"), ANSWER_THIS_MAIL)
            reading.reply = own_words(reading, [answered])
        _explain(reading, settings, recipient)
    except (OSError, ValueError) as error:
        fail(f"{file}: {getattr(error, 'strerror', None) or error}")


def _explain(reading: Reading, settings: Settings | None, recipient: str) -> None:
    """Prints each part of the explanation under its title."""
    for title, lines in (
        ("The words", words(reading)),
        ("Person or machine", _machine(reading)),
        ("The author", _author(reading)),
        ("The parts, and which are files", files(reading)),
        ("Limits, each with the variable that sets it", _limits(reading)),
        ("Defects", understood(reading)["defects"]),
        ("The decision", decision(reading, settings, recipient)),
        ("The end", _end(reading)),
    ):
        print(title)
        for line in list(lines) or ["none"]:
            print("  " + visible(line).replace("\n", "\n  "))
        print()


def _machine(reading: Reading) -> Iterator[str]:
    if reading.root is None or reading.header is None:
        yield "Not looked at: the mail was rejected before that."
        return
    asked: dict[str, str] = {}

    class Watched(DetectionInput):
        """Notes which header fields the rules look at."""

        def field(self, name: str) -> str:
            asked[name] = DetectionInput.field(self, name)
            return asked[name]

    known = detection_input(reading, reading.root, reading.header)
    found = list(find_signs(Watched(*(getattr(known, field.name) for field in fields(known)))))
    machine, evidence = judge(found)
    if mark := own_mark(reading.root):
        yield f"It says that it is casemail's own: {OWN_MAIL_FIELD}: {mark}"
        yield f"The proof of that: {UNPROVEN}"
    if machine:
        yield f"Machine mail: {machine}, because of {evidence}"
    for sign in found:
        says = f"proves {sign.kind}" if isinstance(sign, Proof) else f"a doubt of weight {sign.weight}"
        yield f"sign: {sign.evidence}; {says}"
    if not found:
        yield f"A person's mail: none of {len(RULES)} rules found a sign of a machine."
    for failure in _failures(reading):
        what = "gave up on" if failure.permanent else "goes on trying to reach"
        yield f"delivery report: the server {what} {failure.address or 'nobody it names'}: {failure.words}"
    yield f"Content type of the whole: {one_line(reading.root.declared_type(), _LONGEST_LINE)}"
    sender = {"": "<> (a null return path)", "unknown": "not known: no Return-Path"}
    yield f"Envelope sender: {sender.get(reading.custody.sender, reading.custody.sender)}"
    for name in sorted(asked):
        for value in reading.root.field_values(name):
            yield f"header line: {name}: {one_line(decode_8bit(value), _LONGEST_LINE)}"
    yield "looked for, not there: " + ", ".join(name for name in sorted(asked) if not asked[name])


def _failures(reading: Reading) -> tuple[Failure, ...]:
    result = reading.result
    return result.report.failures if not isinstance(result, Rejection) and result.report else ()


def _author(reading: Reading) -> Iterator[str]:
    if reading.header is None or reading.scan is None or reading.root is None:
        yield "Not looked for: the mail was rejected before that."
        return
    author = reading.header.author
    yield (author.address and f"{author.name} <{author.address}>".strip()) or f"Nobody: {author.problem}"
    values = reading.root.field_values("from")
    for value in values:
        yield f"header line: From: {one_line(decode_8bit(value), _LONGEST_LINE)}"
    if values:
        raw = f"From: {values[0]}\r\n\r\n".encode("utf-8", "surrogateescape")
        yield f"mail-parser reads: {mailparser.parse_from_bytes(raw).from_}"[:_LONGEST_LINE]
    try:
        second = fast_mail_parser.parse_email(reading.scan.header + b"\r\n", mode="metadata").from_
        shown = (second.display_name, second.address) if second else "no mailbox"
    except fast_mail_parser.ParseError as error:
        shown = f"nothing: {error}"
    yield f"fast-mail-parser reads: {shown}"[:_LONGEST_LINE]


def _limits(reading: Reading) -> Iterator[str]:
    figures = _figures(reading)
    if isinstance(reading.result, Rejection) and reading.result.evidence.get("limit") in figures:
        figures[reading.result.evidence["limit"]] = int(reading.result.evidence["figure"])
    for limit in fields(DEFAULT):
        if limit.name in figures:
            figure, allowed = figures[limit.name], getattr(DEFAULT, limit.name)
            over = "  OVER" if figure > allowed else ""
            variable = LimitSettings.variable(limit.name)
            yield f"{limit.name:14} {figure:>12,} of {allowed:>12,}  {variable}{over}"


def _figures(reading: Reading) -> dict[str, int]:
    """Returns the figures of the mail that have a limit; only those known so far for a mail whose reading stopped."""
    raw = reading.raw
    found = {"mail": len(raw), "lines": raw.count(b"\n") + raw.count(b"\r") - raw.count(b"\r\n")}
    if reading.scan is not None:
        parts = re.split(rb"\n(?![ \t\r\n])", reading.scan.header)
        names = [part.partition(b":")[0].strip().lower() for part in parts if part.strip()]
        found |= {
            "header": len(reading.scan.header),
            "field": max(map(len, parts)),
            "fields": len(names),
            "received": names.count(b"received"),
            "encoded_words": max(part.count(b"=?") for part in parts),
        }
    if reading.root is not None:
        tree = list(walk(reading.root))
        found |= {"nesting": max(part.depth for part in tree), "parts": len(tree)}
        found["line_work"] = found["nesting"] * found["lines"]
    if reading.body is not None:
        found["attachments"] = sum(leaf.number not in reading.body.leaves for leaf in reading.leaves)
    for leaf in reading.leaves:
        name = leaf.type.removeprefix("text/").replace("plain", "text")
        if leaf.disposition != "attachment" and leaf.type in ("text/plain", "text/html"):
            found[name] = max(found.get(name, 0), len(payload(leaf.part).data))
    return found


def _end(reading: Reading) -> Iterator[str]:
    rejected = rejection(reading)
    if rejected is None:
        yield "The mail is understood. For who may post, see: The decision."
        return
    yield f"It does not post: {rejected['reason']}. {rejected['words']}"
    yield from (f"{name}: {value}" for name, value in rejected["evidence"].items())
