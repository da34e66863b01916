"""Checks of the mail itself: sources, mails that do not move, mails that wait for a person, the outbox, canaries."""

from collections.abc import Sequence

from sqlalchemy import text

from ops.doctor.findings import Context, Finding, warning, well, wrong
from schemas.tables import PUSHING
from storage import canaries

#: Periods without a fetch that succeeded, after which a source is late.
_LATE_PERIODS = 3
#: Seconds after which a mail in the outbox waits too long.
_OUTBOX_SECONDS = 900.0

_SOURCES = text("""
select name, last_error, paused_for, failures, old_mails = 'asked' as undecided,
    coalesce(last_success_at, failing_since, now()) < now() - make_interval(secs => :periods * period_seconds) as late
from sources where active and kind <> all(:pushing) order by name
""")
_STUCK = text("""
select count(*) as mails, min(received_at) as since from mails
where state in ('waiting', 'moving') and received_at < now() - make_interval(secs => :seconds)
""")
_HELD = text("""
select t.slug, count(*) as mails from mails m join tenants t on t.id = m.tenant_id
where m.state = 'held' and m.ended_at < now() - make_interval(hours => :hours) group by t.slug order by 2 desc, 1
""")
_OUTBOX = text("""
select count(*) from outbox
where state = 'waiting' and uuid_extract_timestamp(id) < now() - make_interval(secs => :seconds)
""")


def sources(context: Context) -> Sequence[Finding]:
    """Each source is fetched in its period."""
    with context.resources.database.system() as connection:
        rows = connection.execute(_SOURCES, {"periods": _LATE_PERIODS, "pushing": sorted(PUSHING)}).all()
    found = []
    for row in rows:
        remedy = f"Run `casemail source test {row.name}`."
        if row.paused_for == "login":
            found.append(wrong(f"{row.name} refused the log-in, and is paused: {row.last_error}.", remedy))
        elif row.late and not row.undecided:
            found.append(wrong(f"{row.name} was not fetched for {_LATE_PERIODS} periods. {row.last_error}", remedy))
        elif row.failures:
            found.append(warning(f"{row.name} failed {row.failures} times: {row.last_error}.", remedy))
        elif row.undecided:
            found.append(warning(f"{row.name} waits for a decision on old mails.", "Run `casemail source old-mails`."))
    return found or well(f"{len(rows)} sources are fetched.")


def stuck(context: Context) -> Sequence[Finding]:
    """No mail stays under way."""
    intake = context.settings.intake
    with context.resources.database.system() as connection:
        row = connection.execute(_STUCK, {"seconds": 2 * intake.stall_seconds}).one()
    if row.mails:
        words = f"{row.mails} mails are under way since {row.since:%Y-%m-%d %H:%M} or later."
        return [wrong(words, "Look whether dispatcher and workers run; `casemail find` shows where a mail is.")]
    return well("No mail is under way for long.")


def held(context: Context) -> Sequence[Finding]:
    """No mail waits too long for a person."""
    with context.resources.database.system() as connection:
        rows = connection.execute(_HELD, {"hours": int(context.late_hours)}).all()
    return [
        warning(
            f"{row.mails} mails of {row.slug} wait for a person for more than {context.late_hours:g} hours.",
            "Ask its admins to decide on them, under Inbound.",
        )
        for row in rows
    ] or well("No mail waits too long for a person.")


def outbox(context: Context) -> Sequence[Finding]:
    """Mail is sent."""
    with context.resources.database.system() as connection:
        mails = connection.execute(_OUTBOX, {"seconds": _OUTBOX_SECONDS}).scalar_one()
    if mails:
        words = f"{mails} mails wait to be sent for more than {_OUTBOX_SECONDS / 60:g} minutes."
        return [wrong(words, "Look at the check of the mail server, and whether a courier runs.")]
    return well("No mail waits long to be sent.")


def canary(context: Context) -> Sequence[Finding]:
    """The canaries of the last day arrived."""
    with context.resources.database.system() as connection:
        missing = canaries.missing(connection, late_seconds=context.settings.canaries.late_seconds)
    return [
        wrong(f"{number} canaries of {slug} by {kind} are missing.", "Send a mail by that way, and follow it.")
        for slug, kind, number in missing
    ] or well("None is missing.")
