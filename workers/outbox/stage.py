"""The outbox stage: sends the mails of an order and notes the outcome of each."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Row

from cases.files.links import FileLinks
from cases.outgoing import alias_link, forward, letters, notices, password_link
from cases.outgoing.mime import plain_address
from schemas.records import SendOrder
from schemas.tables import OutboxKind, OutboxState, now
from storage import outbox_queue, outbox_rows, sent_log
from storage.ledger import endings
from storage.resources import Resources
from workers import mail_log, metrics, tracing
from workers.metrics import SmtpOutcome
from workers.outbox.smtp import Outcome, Sender

#: The wait after each failed try; the last wait is repeated until `GIVE_UP` (RFC 5321 section 4.5.4.1).
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
GIVE_UP = timedelta(days=5)

#: Letters that are written only when they are sent, because they contain a link.
_WITH_LINK = {OutboxKind.PASSWORD: password_link, OutboxKind.ALIAS: alias_link}

#: Seconds after which an order begins no further mail, so that the time limit never interrupts a mail.
BEGIN_SECONDS = 240.0

#: The outcome for a mail that was sent before the database was restored from an older backup.
_SENT_BEFORE = Outcome(sent=True, again=False, words="")

_log = structlog.get_logger(__name__)

#: For each row a function that writes the mail; it returns the envelope sender and the bytes.
_Mails = dict[UUID, Callable[[], tuple[str, bytes]]]


def send(order: SendOrder, resources: Resources) -> None:
    """Sends the mails of an order and notes the outcome of each; a failed forward holds its mail.

    Each mail is sent in a transaction that locks its row, and its outcome is noted before the next mail begins. When a
    process dies, at most one mail that the server had accepted is sent again, with the same Message-ID.
    """
    until = time.monotonic() + BEGIN_SECONDS
    sent_now: list[UUID] = []
    try:
        is_back = _send_all(order, resources, until, sent_now)
    finally:
        _log_sent(resources, order.tenant_id, sent_now)
    if is_back:
        with resources.database.system() as connection:
            _log.info("the mail server answers again", due_again=outbox_queue.send_again(connection))


def _send_all(order: SendOrder, resources: Resources, until: float, sent_now: list[UUID]) -> bool:
    """Sends the mails of an order; adds to `sent_now` the id in the Message-ID of each that the server took.

    Returns whether it took a mail for which no server was there at the last attempt.
    """
    sent: UUID | None = None
    is_back = False
    with Sender(resources.settings) as sender, resources.database.tenant(order.tenant_id) as connection:
        rows = outbox_rows.hold(connection, order.outbox_ids)
        mails: _Mails = {}
        for write in (_notices, _forwards, _letters):
            mails |= write(connection, rows, resources)
        for row in rows:
            if time.monotonic() > until:
                break  # the dispatcher orders the remaining mails again
            if row is not rows[0]:  # the first row is already locked
                is_held, sent = outbox_rows.hold_next(connection, order.tenant_id, row.id, sent), None
                if not is_held:
                    continue
            outcome = _SENT_BEFORE if row.sent_before else _noted(order.tenant_id, row, sender, mails)
            if outcome.sent:
                sent_now.append(row.recipient_id or row.id)
                is_back = is_back or (row.unreachable and not row.sent_before)
            if outcome.sent and row.kind != OutboxKind.CATCH_ALL:
                sent = row.id
            else:
                _note(connection, row, outcome)
        if sent is not None:
            outbox_rows.note_sent(connection, sent)
    return is_back


def _log_sent(resources: Resources, tenant_id: UUID, ids: Sequence[UUID]) -> None:
    try:
        sent_log.note(resources.blobs, tenant_id, ids)
    except OSError as error:  # they are sent: after a restore they may be sent again, with the same Message-IDs
        _log.warning("mails sent, but not noted in the log of sent mails", count=len(ids), error=error)


def _send_one(sender: Sender, row: Row[Any], mails: _Mails) -> Outcome:
    try:
        envelope_from, data = mails[row.id]()
        return sender.send(envelope_from, plain_address(row.to_email), data)
    except ValueError as error:
        return Outcome(sent=False, again=False, words=f"the mail can't be written: {error}")
    except Exception as error:  # noqa: BLE001  # a mail that can't be written must not delay the other mails
        return Outcome(sent=False, again=True, words=f"the mail can't be written: {error!r}")


def _noted(tenant_id: UUID, row: Row[Any], sender: Sender, mails: _Mails) -> Outcome:
    """Sends a mail, and counts and logs the outcome."""
    begun = time.perf_counter()
    outcome = _send_one(sender, row, mails)
    name = SmtpOutcome.SENT if outcome.sent else SmtpOutcome.LATER if outcome.again else SmtpOutcome.REFUSED
    metrics.SMTP_REPLIES.labels(name).inc()
    ms = (time.perf_counter() - begun) * 1000
    tracing.sent(ms, outgoing=row.id, tenant=tenant_id, kind=row.kind, mail=row.mail_id, outcome=name.value)
    if outcome.sent:
        mail_log.sent(tenant_id, row.id, row.kind, row.mail_id, ms)
    else:
        about = {"outgoing": row.id, "tenant": tenant_id, "kind": row.kind, "mail": row.mail_id}
        tries = {"attempt": row.attempts + 1, "outcome": name.value, "ms": round(ms, 1)}
        _log.warning("an outgoing mail was not sent", **about, **tries, error=outcome.words)
    return outcome


def _notices(connection: Connection, rows: Sequence[Row[Any]], resources: Resources) -> _Mails:
    settings = resources.settings
    keys, url, links = settings.secrets.address_keys, settings.console.url, FileLinks(settings)

    def write(notice: notices.Notice) -> tuple[str, bytes]:
        return notices.envelope_from(notice, keys), notices.compose(notice, keys, url, links)

    of_row = {row.recipient_id: row.id for row in rows if row.kind == OutboxKind.NOTICE}
    loaded = notices.load(connection, list(of_row), keys) if of_row else []
    return {of_row[notice.recipient_id]: partial(write, notice) for notice in loaded}


def _forwards(connection: Connection, rows: Sequence[Row[Any]], resources: Resources) -> _Mails:
    keys, url = resources.settings.secrets.address_keys, resources.settings.console.url

    def write(made: forward.Forward, raw: str) -> tuple[str, bytes]:
        # the null sender: a forward that can't be delivered must not come back as mail (RFC 3834 section 3.3)
        return "", forward.compose(made, resources.blobs.get(raw), keys, url)

    ids = [row.id for row in rows if row.kind == OutboxKind.CATCH_ALL]
    loaded = forward.load(connection, ids) if ids else []
    return {made.outbox_id: partial(write, made, raw) for made, raw in loaded}


def _letters(connection: Connection, rows: Sequence[Row[Any]], resources: Resources) -> _Mails:
    settings = resources.settings
    keys = settings.secrets.address_keys

    def write(letter: letters.Letter) -> tuple[str, bytes]:
        return letters.envelope_from(letter), letters.compose(letter, keys)

    ids = [row.id for row in rows if row.kind in letters.KINDS]
    loaded = letters.load(connection, ids) if ids else []
    for kind, with_link in _WITH_LINK.items():
        if ids := [row.id for row in rows if row.kind == kind]:
            loaded += with_link.load(connection, ids, settings.secrets.session_secret, settings.console.url)
    return {letter.id: partial(write, letter) for letter in loaded}


def _note(connection: Connection, row: Row[Any], outcome: Outcome) -> None:
    again = outcome.again and now() - row.created_at < GIVE_UP
    state = OutboxState.SENT if outcome.sent else OutboxState.WAITING if again else OutboxState.FAILED
    wait = BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
    # up to a tenth longer, so that mails which failed together are not tried again together
    next_try = now() + wait * random.uniform(1, 1.1)  # noqa: S311  # no secret
    outbox_rows.note(connection, row.id, state, next_try=next_try, words=outcome.words, unreachable=outcome.unreachable)
    if row.kind == OutboxKind.CATCH_ALL and state is not OutboxState.WAITING:
        endings.end_forward(connection, row.mail_id, sent=outcome.sent, words=outcome.words)
