"""Writes the pages made from the code, such as that of all settings: `python -m docs.pages_from_code`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.api_pages import openapi, routes
from docs.deadlines_page import deadlines_page
from docs.metrics_page import metrics_page
from schemas.reasons import REASONS
from schemas.settings import PREFIX, variables

SETTINGS = """# Settings

<!-- Made by `make docs` from schemas/settings/ and docs/pages_from_code.py. Do not edit it by hand. -->

casemail reads its settings from environment variables. All mistakes are reported at start, together, each with what to
do. *required* settings have no default. Lists are separated by commas.
"""

REASONS_HEAD = """# Reasons

<!-- Made by `make docs` from schemas/reasons.py. Do not edit it by hand. -->

Why a mail did not post, what is done with it by default, and what you may choose instead under *Settings > Mail That
Does Not Post*. Reasons marked with \\* can be overruled: *accept* posts such a mail all the same.

| reason | meaning | by default | why | or |
|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Group:
    """A section of the page: its heading, how the names of its settings begin (without the prefix), and a note."""

    heading: str
    begins: tuple[str, ...]
    note: str = ""


#: The sections, in the order of the page. A setting stands in the first section that fits; the last takes all others.
GROUPS = (
    Group(
        "Kafka",
        ("KAFKA_", "TOPIC_"),
        "Apache Kafka 4. `casemail topics` creates missing topics and adds missing partitions: casemail does not start "
        "on topics with less than the settings ask for.",
    ),
    Group(
        "PostgreSQL",
        ("DATABASE_", "OWNER_DATABASE_"),
        f"`{PREFIX}DATABASE_URL` names a plain login role that owns nothing. `casemail migrate` grants it the two "
        "roles it acts in, without inheritance. Only `casemail migrate`, `tenant` and `user` "
        f"use the owner of `{PREFIX}OWNER_DATABASE_URL`; give it to no other process.",
    ),
    Group(
        "Blob store and disk",
        ("BLOB_", "DISK_"),
        "S3, Google Cloud Storage and Azure take their keys from the environment, as their own tools do "
        "(`AWS_ACCESS_KEY_ID`, ...).",
    ),
    Group(
        "Keys and secrets",
        ("ADDRESS_KEYS", "SECRET_KEYS", "SESSION_SECRET"),
        "To change a key, put the new one first. After a change of the secret keys run `casemail source reseal`; then "
        "the old one can go. Keep an old session secret for a week, an old address key as long as addresses work.",
    ),
    Group(
        "Console and files",
        ("CONSOLE_", "SESSION_", "FILES_", "FILE_LINK_", "ASSETS_", "TRUSTED_"),
        "Name every reverse proxy in front of console, API and webhook, or all people behind it count as one client. "
        "The host of files leads to the console, which serves nothing else there.",
    ),
    Group("LMTP and webhooks", ("LMTP_", "WEBHOOK_", "PUSH_")),
    Group("Mailboxes", ("SOURCE_",)),
    Group("Outgoing mail", ("SMTP_",)),
    Group(
        "Senders",
        ("AUTHSERV_", "DNS_", "SENDER_"),
        "The mail server named here must remove fields of other servers that carry its name.",
    ),
    Group(
        "Hostile mail",
        ("MAIL_SIZE_", "LIMIT_", "SANDBOX_", "CLAMD"),
        "How large and odd a mail may be, and how it is read. `casemail explain` lists the limits.",
    ),
    Group("Watching", ("CANARY_", "LOG_", "METRICS_")),
    Group("Dispatcher", ("",)),
)


def settings() -> str:
    """Returns the page of settings as Markdown."""
    rows: dict[Group, list[str]] = {group: [] for group in GROUPS}
    for variable, field in variables().items():
        name = variable.removeprefix(PREFIX)
        group = next(group for group in GROUPS if name.startswith(group.begins))
        rows[group].append(f"| `{variable}` | {_default(field)} | {_meaning(field)} |")
    sections = [SETTINGS.rstrip()]
    for group, lines in rows.items():
        table = "\n".join(["| variable | default | meaning |", "|---|---|---|", *lines])
        sections += [f"## {group.heading}", *([group.note] if group.note else []), table]
    return "\n\n".join(sections) + "\n"


def reasons() -> str:
    """Returns the page of reasons as Markdown."""
    rows = []
    for reason, info in REASONS.items():
        name = f"`{reason}`" + (r" \*" if info.overrulable else "")
        rows.append(f"| {name} | {info.meaning} | {info.disposition} | {info.why} | {', '.join(info.also)} |\n")
    return REASONS_HEAD + "".join(rows)


#: The pages, and what makes them.
PAGES: dict[Path, Callable[[], str]] = {
    Path(__file__).parent / "operate" / "settings.md": settings,
    Path(__file__).parent / "operate" / "metrics.md": metrics_page,
    Path(__file__).parent / "operate" / "deadlines.md": deadlines_page,
    Path(__file__).parent / "administer" / "reasons.md": reasons,
    Path(__file__).parent / "connect" / "routes.md": routes,
    Path(__file__).parent / "connect" / "openapi.json": openapi,
}


def _default(field: FieldInfo) -> str:
    default: Any = field.default
    if default is PydanticUndefined:
        return "*required*"
    if default is None or default in ("", ()):
        return ""
    if isinstance(default, tuple):
        default = ",".join(map(str, default))
    return f"`{str(default).lower() if isinstance(default, bool) else default}`".replace(",", ", ")


def _meaning(field: FieldInfo) -> str:
    described = (field.description or "").replace("|", "\\|")
    bounds = {key: getattr(each, key) for each in field.metadata for key in ("ge", "gt", "le") if hasattr(each, key)}
    least = f"{bounds['ge']:,}" if "ge" in bounds else f"over {bounds['gt']:,}" if "gt" in bounds else ""
    most = f"{bounds['le']:,}" if "le" in bounds else ""
    if least and most:
        return f"{described} ({least} to {most})"
    return f"{described} (at least {least})" if least not in ("", "0", "1", "over 0") else described


if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page())
