"""`casemail parse`: shows what is understood of mails in files, as tables or as JSON; needs no server."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.cli.mail_file import KEYS, read_file, understood
from ops.cli.terminal import visible
from workers.parse.mime.charsets import one_line
from workers.parse.read import Reading

_SHOWN_TEXT = 2_000  # characters in the table

app = typer.Typer()


@app.command("parse")
def run(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails; - reads one path a line.")],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """Shows each file in turn; `-` stands for the paths on standard input. Exit code 1 if one could not be read."""
    failed = False
    for path in _each(files):
        reading, found = None, {"path": path} | dict.fromkeys(KEYS[1:])
        try:
            reading = read_file(path)
            found |= understood(reading)
        except Exception as error:  # noqa: BLE001  # whatever a path or a mail does, the next file is shown
            failed = True
            found["error"] = _words(error)
        if jsonl:
            _write(json.dumps(found, ensure_ascii=False))
        else:
            _show(found, reading)
    raise typer.Exit(1 if failed else 0)


def _each(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if path != "-":
            yield path
            continue
        while line := sys.stdin.buffer.readline():
            yield line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(str(error)) or type(error).__name__


def _write(line: str) -> None:
    """Writes a line in UTF-8 at once; a byte of a path that is not UTF-8 becomes an escape of JSON."""
    sys.stdout.buffer.write(line.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.buffer.flush()


def _show(found: dict[str, Any], reading: Reading | None) -> None:
    """Prints one mail as a table of at most 100 columns."""
    console = Console()
    console.width = min(console.width, 100) if console.is_terminal else 100
    table = Table(title=Text(visible(found["path"])), title_justify="left", title_style="bold", show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(found, reading):
        table.add_row(name, Text(visible(value)))
    console.print(table)


def _rows(found: dict[str, Any], reading: Reading | None) -> Iterator[tuple[str, str]]:
    if "error" in found:
        yield "error", found["error"]
        return
    author = f"{found['from_name'] or ''} <{found['from_email']}>".strip() if found["from_email"] else "nobody for sure"
    yield "from", author
    yield "to", ", ".join(found["to"] or ())
    if found["cc"]:
        yield "cc", ", ".join(found["cc"])
    yield "subject", found["subject"] or ""
    yield "date", found["date"] or ""
    yield "kind", found["kind"] or "not known"
    yield "reply", _short(found["reply"] or "")
    for cut in reading.reply.cut if reading and reading.reply else ():
        first, *more = [line for line in cut.text.split("\n") if line.strip()] or [""]
        length = f" and {len(more)} more lines" if len(more) > 1 else " and 1 more line" if more else ""
        yield "cut", f"{cut.kind}, {cut.confidence:.0%} sure: {one_line(first, 40)}{length}"
    for file in found["attachments"] or ():
        how = "inline" if file["inline"] else "file"
        yield how, f"{file['filename']} ({file['content_type']}, {file['size']:,} bytes)"
    for defect in found["defects"]:
        yield "defect", defect
    if found["rejection"]:
        evidence = ", ".join(f"{name}: {value}" for name, value in found["rejection"]["evidence"].items())
        yield "rejection", f"{found['rejection']['reason']}: {found['rejection']['words']} ({evidence})"


def _short(text: str) -> str:
    return (
        text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]}\n... {len(text) - _SHOWN_TEXT:,} more characters"
    )
