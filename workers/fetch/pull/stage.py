"""One fetch of one source, as ordered by the scheduler: lists the waiting mails, and takes them as one batch (`take`).

The loop is the same for every kind of source.
"""

import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from schemas.records import FetchOrder
from schemas.tables import OldMails, now
from storage.ledger import leases, source_progress
from storage.resources import Resources
from workers.fetch.mailbox.open import open_source
from workers.fetch.mailbox.source import Listed, OpenSource
from workers.fetch.mailbox.transport import LoginRefusedError, SourceError, plain_words
from workers.fetch.pull import health
from workers.fetch.pull.health import FetchOutcome
from workers.fetch.pull.take import FetchSizes, Work, acknowledge, take_all

#: Most refs of unreadable mails that are remembered.
MOST_LEFT = 1_000
#: By how much a fetch of a gap extends it on both sides: clocks differ, and a mail may be on its way for a while.
_MARGIN = timedelta(hours=1)

_log = structlog.get_logger(__name__)


def fetch(order: FetchOrder, resources: Resources, sizes: FetchSizes | None = None) -> None:
    """Takes the mails that wait at the source into custody, as one batch; returns silently when the lease is lost.

    Raises DBAPIError when the database is away; any other error is recorded with the source.
    """
    outcome = FetchOutcome(started_at=now())
    try:
        with resources.database.system() as connection:
            source = leases.leased(connection, order)
        outcome.state = dict(source.state)
        work = Work(order, resources, source, time.monotonic(), outcome, sizes or FetchSizes())
        try:
            _visit(work)
        except (SourceError, OSError) as error:
            outcome.error, outcome.login_refused = _words(error), isinstance(error, LoginRefusedError)
            _log.warning("fetch failed", source=str(order.source_id), name=source.name, error=outcome.error)
        except (leases.LeaseLostError, DBAPIError):
            raise  # this can't be recorded; the lease ends
        except Exception as error:  # noqa: BLE001  # the source's admins must see that it is not read
            outcome.error = f"casemail itself failed: {type(error).__name__}"
            _log.exception("fetch failed", source=str(order.source_id), name=source.name)
        health.record(resources, order, source, outcome)
    except leases.LeaseLostError:
        return


def _words(error: Exception) -> str:
    return plain_words(str(error)) or type(error).__name__


def _visit(work: Work) -> None:
    mailbox = open_source(work.source, work.resources)
    try:
        _fetch(work, mailbox)
    except BaseException:
        mailbox.abandon()
        raise
    mailbox.close()


def _fetch(work: Work, mailbox: OpenSource) -> None:
    source, outcome = work.source, work.outcome
    if source.old_mails is OldMails.ASKED or (source.old_mails is OldMails.ASK and _ask(work, mailbox)):
        return
    if source.old_mails is OldMails.SINCE and "before" not in outcome.state:
        _remember_old_mails(work, mailbox)
    with work.resources.database.system() as connection:
        work.known = source_progress.taken(connection, source.id)
        work.gap = source_progress.wanted_gap(connection, source.id)
    mark = mailbox.mark()
    nothing_new = mark and mailbox.stays and outcome.state.get("looked") == mark
    if nothing_new and not work.gap and all(work.known.values()):
        return  # nothing has arrived since the last fetch, and nothing was left behind
    waiting = _choose(work, mailbox)
    if waiting is None:
        return
    outcome.seen = len(waiting)
    if work.unacknowledged:  # the fetch that took them died before it could acknowledge them
        acknowledge(work, mailbox, work.unacknowledged)
    try:
        if waiting:
            take_all(work, mailbox, waiting)
    finally:
        _record_left(work, mailbox)
    if not outcome.more:
        _settle(work, mark)
    elif work.gap:
        outcome.state["gap_done"] = outcome.state.get("gap_done", 0) + outcome.taken + len(work.left)


def _record_left(work: Work, mailbox: OpenSource) -> None:
    """Records the mails that were not taken, added to those of the last fetch if not all mails were tried."""
    outcome = work.outcome
    before = {name: outcome.state.get(name, []) for name in ("left", "withheld")}
    kept = before if outcome.more else {"left": [], "withheld": []}
    for name, refs in (("left", work.left), ("withheld", work.withheld)):
        outcome.state[name] = list(dict.fromkeys([*kept[name], *map(_as_json, refs)]))[:MOST_LEFT]
    outcome.left = len(work.left) + len(work.untried) + mailbox.unlisted
    outcome.withheld = len(work.withheld)
    outcome.first_withheld = next((ref for ref in work.withheld if ref not in before["withheld"]), "")


def _as_json(ref: str) -> str:
    """Returns a ref that JSON can hold: file names may have any octets."""
    return ref.encode("utf-8", "backslashreplace").decode()


def _settle(work: Work, mark: dict[str, int]) -> None:
    """Records, after all mails were tried, the mark of the mailbox, the refs that are gone, and a closed gap."""
    outcome, source_id = work.outcome, work.source.id
    outcome.state["looked"] = {} if outcome.left else mark
    outcome.state.pop("gap_done", None)
    with work.resources.database.system() as connection:
        work.guard(connection)
        if gone := work.known.keys() - work.listed:
            source_progress.forget(connection, source_id, gone)
        if work.gap:
            new = outcome.taken - outcome.duplicates
            source_progress.close_gap(connection, work.gap, seen=outcome.seen, taken=new)


def _ask(work: Work, mailbox: OpenSource) -> bool:
    """Returns whether a person must first decide about the mails that were there before casemail."""
    outcome, count = work.outcome, mailbox.count()
    if count <= work.resources.settings.sources.old_mails:
        outcome.old_mails = OldMails.ALL
        return False
    outcome.old_mails, outcome.old_count = OldMails.ASKED, count
    _remember_old_mails(work, mailbox)
    return True


def _remember_old_mails(work: Work, mailbox: OpenSource) -> None:
    """Remembers which mails are there now, to distinguish them from later mails, whatever the server's clock says."""
    work.outcome.state["before"] = mailbox.mark()
    if not mailbox.dated:  # only the refs distinguish old mails from new mails
        _remember(work, [mail.ref for mail in mailbox.listed()])


def _remember(work: Work, refs: Sequence[str]) -> None:
    with work.resources.database.system() as connection:
        work.guard(connection)
        source_progress.remember(connection, work.source.id, refs, acknowledged=True)


def _choose(work: Work, mailbox: OpenSource) -> list[Listed] | None:
    """Returns the mails to take, oldest first; mails that the previous fetch could not read come last.

    Returns None when a person has to be asked again about old mails.
    """
    source, outcome, gap = work.source, work.outcome, work.gap
    before = outcome.state.get("before", {})
    waiting: list[Listed] = []
    inside = 0
    for mail in mailbox.listed(again=gap is not None):
        work.listed.add(mail.ref)
        if not work.known.get(mail.ref, True):
            work.unacknowledged.append(mail)
        if gap is None and mail.ref in work.known:
            continue
        if gap and mail.at and not gap.began_at - _MARGIN <= mail.at <= gap.ended_at + _MARGIN:
            continue
        inside += 1
        if gap and inside <= outcome.state.get("gap_done", 0):
            continue
        old = source.since is not None and mail.at is not None and mail.at < source.since
        if source.old_mails is OldMails.SINCE and old and mailbox.was_before(mail, before):
            continue
        if len(waiting) == work.sizes.batch:
            outcome.more = True
            break
        waiting.append(mail)
    if source.old_mails is OldMails.SINCE and not mailbox.dated and not outcome.more and _all_new(work, waiting):
        outcome.old_mails, outcome.old_count = OldMails.ASKED, len(waiting)
        _remember(work, sorted(work.listed))
        return None
    last = set(outcome.state.get("left", []))
    return sorted(waiting, key=lambda mail: _as_json(mail.ref) in last)


def _all_new(work: Work, waiting: Sequence[Listed]) -> bool:
    """Returns whether the server has given new ids to all mails, also to old mails that were not to be taken."""
    return (
        bool(work.known)
        and not work.known.keys() & work.listed
        and len(waiting) > work.resources.settings.sources.old_mails
    )
