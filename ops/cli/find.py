"""`casemail find`: any mail of any tenant, and its way through the system."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import Connection, Row, text

from ops.cli.errors import fail
from ops.cli.terminal import visible
from schemas.reasons import REASONS, Reason
from schemas.settings import load
from storage.archive import search
from storage.archive.files import ArchiveError
from storage.archive.search import NotArchiveError
from storage.database import Database
from storage.deadlines import Deadlines

_COLUMNS = """
select m.id, m.tenant_id, t.slug, m.recipient, m.sender, m.author, m.subject, m.source_ref, m.received_at, m.emitted_at,
    m.emissions, m.ended_at, m.state, m.reason, m.evidence, m.duplicate_of, m.run, m.raw_deleted_by, m.size, m.batch_id,
    m.archived_at,
    b.started_at, b.closed_at, b.finished_at, s.kind, s.name
"""
_JOINS = "left join batches b on b.id = m.batch_id left join sources s on s.id = b.source_id"
_BY_ID = text(f"""{_COLUMNS} from (
    select * from mails where id = :id union select * from mails where batch_id = :id) m
join tenants t on t.id = m.tenant_id {_JOINS}
where :slug = '' or t.slug = :slug order by m.received_at desc, m.id desc limit :most
""")  # noqa: S608  # only constants of ours are put in
# tenant by tenant, so that the index on tenant and time is used
_BY_WORDS = text(f"""{_COLUMNS} from tenants t cross join lateral (
    select * from mails where tenant_id = t.id and received_at > now() - make_interval(days => :days)
      and position(lower(:words) in lower(concat_ws(E'\\n', recipient, sender, author, subject, source_ref))) > 0
    order by received_at desc, id desc limit :most) m {_JOINS}
where :slug = '' or t.slug = :slug order by m.received_at desc, m.id desc limit :most
""")  # noqa: S608  # only constants of ours are put in
#: Seconds that a search through all mails may take.
_SECONDS = 300

_SLUGS = text("select id, slug from tenants")
# the mail's forwards and receipts, and the notices of its update that did not go out at once
_SENT = text("""
select kind, state, due_at, attempts, error from (
    select id, kind, state, due_at, attempts, error from outbox where mail_id = :id
    union all
    select o.id, o.kind, o.state, o.due_at, o.attempts, o.error
    from updates u join update_recipients r on r.update_id = u.id join outbox o on o.recipient_id = r.id
    where u.mail_id = :id and (o.state = 'failed' or (o.state = 'waiting' and o.attempts > 0))) o
order by id
""")


app = typer.Typer()


@app.command("find")
def find(
    words: Annotated[
        str,
        typer.Argument(
            help="An address, words of a subject, the reference given to a mail server, an id of a mail or batch."
        ),
    ],
    tenant: Annotated[str, typer.Option(help="Of this tenant only, by its short name.")] = "",
    days: Annotated[int, typer.Option(min=1, help="Of the last so many days; an id is found whatever its age.")] = 7,
    most: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 10,
    archive: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Search the archive in this folder instead, of any age."),
    ] = None,
) -> None:
    """Prints the newest mails with these words, or with this id of their own or their batch; exit code 1 for none."""
    settings = load()
    limits = Deadlines.of(settings).long(_SECONDS)
    database = Database(settings.database.url, pool_size=1, limits=limits, pooler=settings.database.pooler)
    with database.system() as connection:
        rows = (
            _find_archived(connection, archive, words, tenant, most)
            if archive
            else find_mails(connection, words, tenant, days, most)
        )
    for row in rows:
        with database.tenant(row.tenant_id) as connection:
            sent = connection.execute(_SENT, {"id": row.id}).all()
        print("\n".join(visible(line) for line in _lines(row, sent, settings.console.url)), end="\n\n")
    database.close()
    if not rows:
        print(f"the archive has no mail with {visible(words)!r}" if archive else _none(words, tenant, days))
        raise typer.Exit(1)
    if len(rows) == most:
        print(f"these are the newest {most}; --most shows more")


def find_mails(connection: Connection, words: str, slug: str, days: int, most: int) -> list[Row[Any]]:
    """Returns the newest mails as `find` prints them, at most `most`; `slug`: of this tenant, empty: of all."""
    values = {"slug": slug, "most": most}
    if (id_ := _id(words)) is not None:
        return list(connection.execute(_BY_ID, {**values, "id": id_}).all())
    return list(connection.execute(_BY_WORDS, {**values, "words": words, "days": days}).all())


def _find_archived(connection: Connection, folder: Path, words: str, slug: str, most: int) -> list[Any]:
    slugs: Mapping[UUID, str] = {row.id: row.slug for row in connection.execute(_SLUGS)}
    unknown = {"started_at": None, "kind": "", "name": "", "archived_at": None}
    try:
        found = [
            SimpleNamespace(**vars(mail) | unknown | {"slug": slugs.get(mail.tenant_id, "?")})
            for mail in search.mails(folder, words)
        ]
    except (NotArchiveError, ArchiveError) as error:
        fail(str(error))
    of_tenant = [mail for mail in found if slug in ("", mail.slug)]
    return sorted(of_tenant, key=lambda mail: mail.received_at, reverse=True)[:most]


def _none(words: str, slug: str, days: int) -> str:
    of_tenant = f" of {visible(slug)}" if slug else ""
    if _id(words) is not None:
        return f"no mail and no batch{of_tenant} has the id {words}"
    place = "recipient, sender, author, subject or reference"
    return f"no mail{of_tenant} of the last {days} days has {visible(words)!r} in {place}"


def _id(words: str) -> UUID | None:
    try:
        return UUID(words)
    except ValueError:
        return None


def _lines(row: Any, sent: Sequence[Row[Any]], console_url: str) -> Iterator[str]:
    """Yields all that is known of a mail, line by line."""
    yield f"{row.id}  {row.state} {row.reason}".rstrip()
    yield f"  subject    {row.subject or '(not read)'}"
    yield f"  from       {row.author or '(not read)'}, envelope {row.sender or '<>'}"
    yield f"  to         {row.recipient}, of {row.slug}"
    by = f"{row.kind} {row.name}" if row.name else "no source that is there"
    yield f"  came       {row.received_at:%Y-%m-%d %H:%M:%S}Z by {by} as {row.source_ref}, {row.size} bytes"
    if row.started_at:
        ended = f"{row.finished_at:%H:%M:%S}Z all had ended" if row.finished_at else "not all have ended"
        yield f"  batch      {row.batch_id}, from {row.started_at:%Y-%m-%d %H:%M:%S}Z, {ended}"
    if row.emissions:
        yield f"  topics     {row.emissions} times, last {row.emitted_at:%Y-%m-%d %H:%M:%S}Z"
    if row.ended_at:
        took = (row.ended_at - row.received_at).total_seconds()
        yield f"  ended      {row.ended_at:%Y-%m-%d %H:%M:%S}Z, after {took:.1f} s"
    if row.reason:
        info = REASONS.get(Reason(row.reason)) if row.reason in set(Reason) else None
        yield f"  because    {info.meaning if info else row.reason}"
    for name, value in row.evidence.items():
        yield f"             {name}: {value}"
    if row.duplicate_of:
        yield f"  copy of    {row.duplicate_of}"
    if row.run:
        yield f"  decided on {row.run} times by a person"
    if row.raw_deleted_by:
        yield f"  original   deleted by {row.raw_deleted_by}"
    if row.archived_at:
        yield f"  archived   {row.archived_at:%Y-%m-%d}: `casemail find {row.id} --archive FOLDER` shows all of it"
    for each in sent:
        yield f"  {each.kind:<10} {_sent(each)}"
    yield f"  console    {console_url}/inbound/{row.id}"


def _sent(row: Row[Any]) -> str:
    """Returns the state of an outgoing mail, and what the mail server said if it did not take it."""
    due = f", due {row.due_at:%H:%M:%S}Z" if row.state == "waiting" else ""
    tries = f", {row.attempts} {'try' if row.attempts == 1 else 'tries'}: {row.error}" if row.error else ""
    return f"{row.state}{due}{tries}"
