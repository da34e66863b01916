"""The fetch stage: one fetch of one source, as ordered by the scheduler.

The loop is the same for every make of source: list what waits, read a group, take it into custody in one transaction
that first makes sure of the lease, and only then tell the source.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from schemas.records import FetchOrder
from schemas.tables import OldMails, now
from workers.fetch import batches, notes, watch
from workers.fetch.custody import Arrival, Custodian
from workers.fetch.opening import open_source
from workers.fetch.recipients import envelope_sender, recipients
from workers.fetch.sources import Fetched, Listed, OpenSource, SourceRow
from workers.fetch.watch import Outcome
from workers.fetch.wire import LoginRefusedError, SourceError, TooLargeError
from workers.house import House

#: Most mails of one fetch; the rest come with the next, at once.
BATCH_SIZE = 5_000
#: Mails that share one custody transaction, and the bytes that they may have together.
GROUP_SIZE, GROUP_BYTES = 50, 8_000_000
#: How often one fetch connects anew when a mail can't be read.
MOST_REOPENED = 20
#: Most mails whose ids are kept in mind because they could not be read.
MOST_LEFT = 1_000
#: Part of the time that a fetch may take after which it begins no further group.
BEGIN_PART = 0.6
#: What a gap is fetched with on both sides: clocks differ, and mails are on their way for a while.
_MARGIN = timedelta(hours=1)

_log = structlog.get_logger(__name__)


@dataclass
class _Work:
    """What a fetch is to do, and has done so far."""

    order: FetchOrder
    house: House
    source: SourceRow
    begun: float
    outcome: Outcome
    gap: notes.Gap | None = None
    known: dict[str, bool] = field(default_factory=dict)
    untold: list[Listed] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    reopened: int = 0

    def guard(self, connection: Connection) -> None:
        """Raises `LeaseLostError` when another fetch has begun."""
        batches.leased(connection, self.order)

    @property
    def limit(self) -> int:
        """Bytes of the largest mail that is read whole."""
        return self.house.settings.mail_size_limit

    @property
    def late(self) -> bool:
        """Whether the time for this fetch is nearly over."""
        return time.monotonic() - self.begun > BEGIN_PART * self.house.settings.source_seconds


def fetch(order: FetchOrder, house: House) -> None:
    """Fetches what waits at the source into custody, as one batch; a lost lease ends it without a word."""
    outcome = Outcome(started_at=now())
    try:
        with house.database.system() as connection:
            source = batches.leased(connection, order)
        outcome.state = dict(source.state)
        work = _Work(order, house, source, time.monotonic(), outcome)
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
        watch.note(house, order, source, outcome)
    except batches.LeaseLostError:
        return


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _visit(work: _Work) -> None:
    box = open_source(work.source, work.house)
    try:
        _fetch(work, box)
    except BaseException:
        box.abandon()
        raise
    box.close()


def _fetch(work: _Work, box: OpenSource) -> None:
    source, outcome = work.source, work.outcome
    if source.old_mails is OldMails.ASKED or (source.old_mails is OldMails.ASK and _ask(work, box)):
        return
    if source.old_mails is OldMails.SINCE and "before" not in outcome.state:
        _note_old_ones(work, box)
    with work.house.database.system() as connection:
        work.known = notes.taken(connection, source.id)
        work.gap = notes.wanted_gap(connection, source.id)
    mark = box.mark()
    nothing_new = mark and box.stays and outcome.state.get("looked") == mark
    if nothing_new and not work.gap and all(work.known.values()):
        return  # nothing has come since, and nothing was left behind
    waiting = _choose(work, box)
    if waiting is None:
        return
    outcome.seen = len(waiting)
    if work.untold:  # whoever took them died before it could tell
        _tell(work, box, work.untold)
    try:
        if waiting:
            _as_batch(work, box, waiting)
    finally:
        before = outcome.state.get("left", []) if outcome.more else []
        outcome.state["left"] = list(dict.fromkeys([*before, *work.left]))[:MOST_LEFT]
        outcome.left = len(work.left) + box.unlisted
    if not outcome.more:
        _settle(work, mark)
    elif work.gap:
        outcome.state["gap_done"] = outcome.state.get("gap_done", 0) + outcome.taken + len(work.left)


def _settle(work: _Work, mark: dict[str, int]) -> None:
    """Notes what is true after all was looked at."""
    outcome, source_id = work.outcome, work.source.id
    outcome.state["looked"] = {} if outcome.left else mark
    outcome.state.pop("gap_done", None)
    with work.house.database.system() as connection:
        work.guard(connection)
        if gone := work.known.keys() - work.listed:
            notes.forget(connection, source_id, gone)
        if work.gap:
            notes.close_gap(connection, work.gap, seen=outcome.seen, taken=outcome.taken - outcome.duplicates)


def _ask(work: _Work, box: OpenSource) -> bool:
    """Whether a person must say first what is done with the mails that were there before us."""
    outcome, count = work.outcome, box.count()
    if count <= work.house.settings.source_old_mails:
        outcome.old_mails = OldMails.ALL
        return False
    outcome.old_mails, outcome.old_count = OldMails.ASKED, count
    _note_old_ones(work, box)
    return True


def _note_old_ones(work: _Work, box: OpenSource) -> None:
    """Notes what is there now, to be told from what comes later, whatever the server's clock says of it."""
    work.outcome.state["before"] = box.mark()
    if not box.dated:  # only by their ids can they be told
        refs = [mail.ref for mail in box.listed()]
        with work.house.database.system() as connection:
            work.guard(connection)
            notes.remember(connection, work.source.id, refs, told=True)


def _choose(work: _Work, box: OpenSource) -> list[Listed] | None:
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
        with work.house.database.system() as connection:
            work.guard(connection)
            notes.remember(connection, source.id, sorted(work.listed), told=True)
        return None
    last = set(outcome.state.get("left", []))
    return sorted(waiting, key=lambda mail: mail.ref in last)


def _all_new(work: _Work, waiting: Sequence[Listed]) -> bool:
    """Whether the server has given new ids to all mails, also to the old ones that were not to be taken."""
    return (
        bool(work.known) and not work.known.keys() & work.listed and len(waiting) > work.house.settings.source_old_mails
    )


def _as_batch(work: _Work, box: OpenSource, waiting: Sequence[Listed]) -> None:
    outcome = work.outcome
    with work.house.database.system() as connection:
        work.guard(connection)
        outcome.batch_id = batch_id = batches.open_batch(connection, work.source.id, outcome.started_at)
    custodian = Custodian(work.house, work.source.tenant_id)
    try:
        for group in _groups(waiting):
            if work.late:
                outcome.more = True
                break
            _take(work, box, custodian, batch_id, group)
    finally:
        with work.house.database.system() as connection:
            outcome.duplicates = batches.close_batch(connection, batch_id, seen=len(waiting), taken=outcome.taken)


def _groups(waiting: Sequence[Listed]) -> Iterator[list[Listed]]:
    group: list[Listed] = []
    size = 0
    for mail in waiting:
        if group and (len(group) == GROUP_SIZE or size + (mail.size or 0) > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(mail)
        size += mail.size or 0
    if group:
        yield group


def _take(work: _Work, box: OpenSource, custodian: Custodian, batch_id: UUID, group: list[Listed]) -> None:
    fetched = _read(work, box, group)
    here = [mail for mail in group if mail.ref in fetched]
    declared = work.source.declared
    arrivals = [arrival for mail in here for arrival in _arrivals(mail, fetched[mail.ref], declared, custodian)]
    if arrivals:

        def guard(connection: Connection) -> None:
            work.guard(connection)
            if box.stays:
                notes.remember(connection, work.source.id, [mail.ref for mail in here], told=False)

        custodian.take(batch_id, arrivals, guard=guard)
        work.outcome.taken += len(here)
        _tell(work, box, here)


def _tell(work: _Work, box: OpenSource, mails: Sequence[Listed]) -> None:
    """Tells the source that these are in custody."""
    box.acknowledge(mails)
    if box.stays:
        with work.house.database.system() as connection:
            notes.remember(connection, work.source.id, [mail.ref for mail in mails], told=True)


def _arrivals(mail: Listed, found: Fetched, declared: Sequence[str], custodian: Custodian) -> list[Arrival]:
    """The mail, once for each recipient of ours."""
    whom = recipients(found.raw, declared, custodian.is_ours, custodian.gave_out)
    sender = envelope_sender(found.raw)
    return [Arrival(found.raw, recipient, sender, mail.ref, found.whole_size) for recipient in whom]


def _read(work: _Work, box: OpenSource, group: list[Listed]) -> dict[str, Fetched]:
    """Reads a group; when that fails, each mail alone, so that one that can't be read keeps back no other."""
    try:
        found = box.read(group, work.limit)
    except SourceError as error:
        _reopen(work, box, error)
        found = {}
        for mail in group:
            found |= _read_alone(work, box, mail)
    # a server may have mails that it does not give; what is gone from a folder of this machine was taken by another
    work.left += [mail.ref for mail in group if mail.ref not in found and box.meter]
    return found


def _read_alone(work: _Work, box: OpenSource, mail: Listed) -> dict[str, Fetched]:
    try:
        return box.read([mail], work.limit)
    except TooLargeError as error:  # not what the server said of its size
        _reopen(work, box, error)
        mail = replace(mail, size=max(error.size, work.limit + 1))
    except SourceError as error:
        _reopen(work, box, error)
        return {}
    try:
        return box.read([mail], work.limit)
    except SourceError as error:
        _reopen(work, box, error)
        return {}


def _reopen(work: _Work, box: OpenSource, error: SourceError) -> None:
    work.reopened += 1
    if work.reopened > MOST_REOPENED:
        raise error
    box.reopen()
