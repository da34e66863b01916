"""The fetch stage: one fetch of one source, as ordered by the scheduler.

The loop is the same for every make of source: list what waits, and take it (taking.py) as one batch.
"""

import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from schemas.records import FetchOrder
from schemas.tables import OldMails, now
from storage.resources import Resources
from workers.fetch import batches
from workers.fetch.mailbox.open import open_source
from workers.fetch.mailbox.source import Listed, OpenSource
from workers.fetch.mailbox.transport import LoginRefusedError, SourceError, plain_words
from workers.fetch.pull import health, progress
from workers.fetch.pull.health import Outcome
from workers.fetch.pull.take import Work, take_all, tell

#: Most mails of one fetch; the rest come with the next, at once.
BATCH_SIZE = 5_000
#: Most mails whose ids are kept in mind because they could not be read.
MOST_LEFT = 1_000
#: What a gap is fetched with on both sides: clocks differ, and mails are on their way for a while.
_MARGIN = timedelta(hours=1)

_log = structlog.get_logger(__name__)


def fetch(order: FetchOrder, resources: Resources) -> None:
    """Fetches what waits at the source into custody, as one batch; a lost lease ends it without a word."""
    outcome = Outcome(started_at=now())
    try:
        with resources.database.system() as connection:
            source = batches.leased(connection, order)
        outcome.state = dict(source.state)
        work = Work(order, resources, source, time.monotonic(), outcome)
        try:
            _visit(work)
        except (SourceError, OSError) as error:
            outcome.error, outcome.login_refused = _words(error), isinstance(error, LoginRefusedError)
            _log.warning("fetch failed", source=str(order.source_id), name=source.name, error=outcome.error)
        except (batches.LeaseLostError, DBAPIError):
            raise  # there is nowhere to note it; the lease ends
        except Exception as error:  # noqa: BLE001  # whoever looks after the source must see that it is not read
            outcome.error = f"casemail itself failed: {type(error).__name__}"
            _log.exception("fetch failed", source=str(order.source_id), name=source.name)
        health.note(resources, order, source, outcome)
    except batches.LeaseLostError:
        return


def _words(error: Exception) -> str:
    return plain_words(str(error)) or type(error).__name__


def _visit(work: Work) -> None:
    box = open_source(work.source, work.resources)
    try:
        _fetch(work, box)
    except BaseException:
        box.abandon()
        raise
    box.close()


def _fetch(work: Work, box: OpenSource) -> None:
    source, outcome = work.source, work.outcome
    if source.old_mails is OldMails.ASKED or (source.old_mails is OldMails.ASK and _ask(work, box)):
        return
    if source.old_mails is OldMails.SINCE and "before" not in outcome.state:
        _note_old_ones(work, box)
    with work.resources.database.system() as connection:
        work.known = progress.taken(connection, source.id)
        work.gap = progress.wanted_gap(connection, source.id)
    mark = box.mark()
    nothing_new = mark and box.stays and outcome.state.get("looked") == mark
    if nothing_new and not work.gap and all(work.known.values()):
        return  # nothing has come since, and nothing was left behind
    waiting = _choose(work, box)
    if waiting is None:
        return
    outcome.seen = len(waiting)
    if work.untold:  # whoever took them died before it could tell
        tell(work, box, work.untold)
    try:
        if waiting:
            take_all(work, box, waiting)
    finally:
        _note_left(work, box)
    if not outcome.more:
        _settle(work, mark)
    elif work.gap:
        outcome.state["gap_done"] = outcome.state.get("gap_done", 0) + outcome.taken + len(work.left)


def _note_left(work: Work, box: OpenSource) -> None:
    """Notes the mails that were not taken, with those of before where not all was looked at."""
    outcome = work.outcome
    before = {name: outcome.state.get(name, []) for name in ("left", "withheld")}
    kept = before if outcome.more else {"left": [], "withheld": []}
    for name, refs in (("left", work.left), ("withheld", work.withheld)):
        outcome.state[name] = list(dict.fromkeys([*kept[name], *map(_kept, refs)]))[:MOST_LEFT]
    outcome.left = len(work.left) + len(work.untried) + box.unlisted
    outcome.withheld = len(work.withheld)
    outcome.first_withheld = next((ref for ref in work.withheld if ref not in before["withheld"]), "")


def _kept(ref: str) -> str:
    """An id as JSON takes it: names of files may be of any octets."""
    return ref.encode("utf-8", "backslashreplace").decode()


def _settle(work: Work, mark: dict[str, int]) -> None:
    """Notes what is true after all was looked at."""
    outcome, source_id = work.outcome, work.source.id
    outcome.state["looked"] = {} if outcome.left else mark
    outcome.state.pop("gap_done", None)
    with work.resources.database.system() as connection:
        work.guard(connection)
        if gone := work.known.keys() - work.listed:
            progress.forget(connection, source_id, gone)
        if work.gap:
            progress.close_gap(connection, work.gap, seen=outcome.seen, taken=outcome.taken - outcome.duplicates)


def _ask(work: Work, box: OpenSource) -> bool:
    """Whether a person must say first what is done with the mails that were there before us."""
    outcome, count = work.outcome, box.count()
    if count <= work.resources.settings.sources.old_mails:
        outcome.old_mails = OldMails.ALL
        return False
    outcome.old_mails, outcome.old_count = OldMails.ASKED, count
    _note_old_ones(work, box)
    return True


def _note_old_ones(work: Work, box: OpenSource) -> None:
    """Notes what is there now, to be told from what comes later, whatever the server's clock says of it."""
    work.outcome.state["before"] = box.mark()
    if not box.dated:  # only by their ids can they be told
        refs = [mail.ref for mail in box.listed()]
        with work.resources.database.system() as connection:
            work.guard(connection)
            progress.remember(connection, work.source.id, refs, told=True)


def _choose(work: Work, box: OpenSource) -> list[Listed] | None:
    """The mails to take, oldest first, those that could not be read the last time after the others; None where a person
    has to be asked once more."""
    source, outcome, gap = work.source, work.outcome, work.gap
    before = outcome.state.get("before", {})
    waiting: list[Listed] = []
    inside = 0
    for mail in box.listed(again=gap is not None):
        work.listed.add(mail.ref)
        if not work.known.get(mail.ref, True):
            work.untold.append(mail)
        if gap is None and mail.ref in work.known:
            continue
        if gap and mail.at and not gap.began_at - _MARGIN <= mail.at <= gap.ended_at + _MARGIN:
            continue
        inside += 1
        if gap and inside <= outcome.state.get("gap_done", 0):
            continue
        old = source.since is not None and mail.at is not None and mail.at < source.since
        if source.old_mails is OldMails.SINCE and old and box.was_before(mail, before):
            continue
        if len(waiting) == BATCH_SIZE:
            outcome.more = True
            break
        waiting.append(mail)
    if source.old_mails is OldMails.SINCE and not box.dated and not outcome.more and _all_new(work, waiting):
        outcome.old_mails, outcome.old_count = OldMails.ASKED, len(waiting)
        with work.resources.database.system() as connection:
            work.guard(connection)
            progress.remember(connection, source.id, sorted(work.listed), told=True)
        return None
    last = set(outcome.state.get("left", []))
    return sorted(waiting, key=lambda mail: _kept(mail.ref) in last)


def _all_new(work: Work, waiting: Sequence[Listed]) -> bool:
    """Whether the server has given new ids to all mails, also to the old ones that were not to be taken."""
    return (
        bool(work.known)
        and not work.known.keys() & work.listed
        and len(waiting) > work.resources.settings.sources.old_mails
    )
