"""Runs the stages on a mail without any effect, to show how a replay would end.

Every transaction is rolled back, and new blobs stay in memory.
"""

from dataclasses import replace
from uuid import UUID

from cases.files.cpu_budget import CpuBudget, TooHeavyError
from cases.inbound.replay_preview import Content, SeenFile, WhatIf
from cases.refusal import Refusal
from cases.updates import posted_signatures
from cases.updates.posting import post_update
from schemas.records import Custody, FetchedMail, FilteredMail, ParsedMail, ProofOrder, Rejection, ValidatedMail
from schemas.tables import MailState
from storage.blobs.overlay import Overlay
from storage.blobs.store import Blobs
from storage.ledger import originals
from storage.resources import Resources
from workers.attachments.stage import preview_files, select
from workers.authenticate.stage import authenticate
from workers.deadletter.stage import would_be
from workers.errors import TransientError, is_away, reason_of
from workers.parse.stage import parse
from workers.parse.stored_body import read_body
from workers.post.stage import new_update, shown_again
from workers.validate.stage import validate

_NO_NAME = "a part without a name"
#: Reasons why the preview can't say whether a part would become a file.
_NOT_NOW = "whether it can be a file can't be found out now"
_SLOW = "it takes long to look into, which is done when the mail posts"


def what_if(tenant_id: UUID, mail_id: UUID, resources: Resources) -> WhatIf | None:
    """Returns how a mail that has ended would end by today's rules.

    Returns None when there is no such mail, it has not ended, it is a copy of another mail, or its original is gone.
    Raises transient errors, such as a lost connection; any other error is shown as the reason not to post.
    """
    rehearsal = rehearsal_of(resources)
    with rehearsal.database.tenant(tenant_id) as connection:
        mail = originals.find(connection, mail_id)
    if mail is None or not mail.ended:
        return None
    content, rejection = _from_the_start(mail.custody, rehearsal)
    state = MailState.POSTED
    if rejection:
        with rehearsal.database.tenant(tenant_id) as connection:
            state = would_be(connection, rejection)
    reason, evidence = (rejection.reason, rejection.evidence) if rejection else (None, {})
    return WhatIf(mail_id, mail.state, mail.reason, state, reason, evidence, content)


def rehearsal_of(resources: Resources) -> Resources:
    """Returns the same resources, but with a database and a blob store that keep no changes."""
    return Resources(resources.settings, resources.database.rehearsal, Blobs(Overlay(resources.blobs.get)))


def _from_the_start(custody: Custody, resources: Resources) -> tuple[Content, Rejection | None]:
    """Returns the content of the mail, and why it would not post (None if it would)."""
    content = Content()
    try:
        parsed = parse(FetchedMail(custody=custody), resources)
        if isinstance(parsed, Rejection):
            return content, parsed
        content = _content(parsed, resources)
        decided = _decided(parsed, resources)
        if isinstance(decided, Rejection):
            return content, decided
        body = read_body(decided.parsed, resources)
        return replace(content, words=body.text, cut=body.cut), _refusal(decided, resources)
    except Exception as error:
        if is_away(error):
            raise
        evidence = {"error": f"{type(error).__name__}: {error}"}
        return content, Rejection(custody=custody, reason=reason_of(error), evidence=evidence)


def _content(parsed: ParsedMail, resources: Resources) -> Content:
    body = read_body(parsed, resources)
    return Content(body.text, body.cut, parsed.to, parsed.cc, parsed.date, _files(parsed, resources))


def _files(parsed: ParsedMail, resources: Resources) -> tuple[SeenFile, ...]:
    """Returns the files of the mail, each with the reason why it would not become a file of the update, if any."""
    sizes = {part.part: part.size for part in parsed.attachments}
    try:
        files, left_out = preview_files(parsed, resources)
    except (TransientError, TooHeavyError) as error:
        unknown = _SLOW if isinstance(error, TooHeavyError) else _NOT_NOW
        return tuple(SeenFile(part.name or _NO_NAME, part.size, unknown) for part in parsed.attachments)
    out = (SeenFile(item.name or _NO_NAME, sizes.get(item.part, 0), item.why) for item in left_out)
    return (*(SeenFile(file.name, file.size) for file in files), *out)


def rehearse(parsed: ParsedMail, resources: Resources) -> Rejection | None:
    """Runs the stages after `parse` on a parsed mail; returns why it would not post, or None if it would."""
    decided = _decided(parsed, resources)
    return decided if isinstance(decided, Rejection) else _refusal(decided, resources)


def _decided(parsed: ParsedMail, resources: Resources) -> ValidatedMail | Rejection:
    (decided,) = validate([parsed], resources)
    if isinstance(decided, ProofOrder):
        (decided,) = validate([authenticate(decided, resources)], resources)
    assert not isinstance(decided, ProofOrder)
    return decided


def _refusal(decided: ValidatedMail, resources: Resources) -> Rejection | None:
    """Returns why the update form would not take the mail, or None if it would."""
    parsed = decided.parsed
    # a mail that has posted can't have a second update, so the rehearsed update names no mail
    try:
        chosen = select(decided, resources, budget=CpuBudget(parsed.custody.tenant_id, parsed.author, defers=True))
    except TooHeavyError:  # the mail posts even without its files
        chosen = FilteredMail(parsed=decided.parsed, target=decided.target, files=(), left_out=())
    new = replace(new_update(chosen, resources), mail_id=None)
    with resources.database.tenant(new.tenant_id) as connection:
        if again := shown_again(chosen, posted_signatures.take(connection, [chosen], [new])):
            return again
        outcome = post_update(connection, new)
    if isinstance(outcome, Refusal):
        return Rejection(custody=parsed.custody, reason=outcome.reason, evidence={"the form says": outcome.words})
    return None
