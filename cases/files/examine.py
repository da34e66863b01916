"""What a file is, told from its bytes, and whether the tenant lets it in: the same for the form and for mail."""

from dataclasses import dataclass
from hashlib import sha256

import structlog

from cases.files.cpu_budget import WORTH, Effort
from cases.files.inspection.findings import Finding, Look, Picture
from cases.files.inspection.inspect import look
from cases.files.malware import Clamd, NotScannedError, UnscannableError
from cases.files.types import BY_ENDING, declared_agrees, ending, unsupported
from cases.sandbox import isolation
from cases.sandbox.errors import LimitExceededError, WorkerDiedError
from schemas.files import FILE_REASONS, FilePolicy, FileReason

__all__ = ["Examined", "Picture", "examine"]

#: What looking into one file may take at most: seconds, and seconds of CPU time; the same where it is heavy, and gets
#: the CPU time that is left over; bytes of address space.
_SECONDS, _CPU = 10.0, 5.0
_HEAVY_SECONDS, _HEAVY_CPU = 300.0, 10.0
_MEMORY = 1_500_000_000
#: Longest declared type that is repeated to a person.
_LONGEST_TYPE = 80

#: The type of what has none here; such a file is never stored.
_UNKNOWN = "application/octet-stream"

_TOO_LONG = Look(findings=(Finding(FileReason.UNREADABLE, "it takes too long to look into"),))

#: Why a file is left out, in words too.
_Found = tuple[FileReason, str]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Examined:
    """What came of looking at a file: the type under which it is stored, and why it is left out, if it is.

    `why` is a sentence part for a person. `picture` is there for pictures that could be measured, and `thumbnail` with
    it: a small JPEG without metadata, turned as the picture is to be shown.
    """

    content_type: str
    sha256: str
    reason: FileReason | None = None
    why: str = ""
    picture: Picture | None = None
    thumbnail: bytes = b""


def examine(
    name: str,
    content: bytes,
    policy: FilePolicy,
    clamd: Clamd | None,
    declared_type: str = "",
    effort: Effort | None = None,
) -> Examined:
    """Looks at one file, by the cheapest rules first; `clamd` scans what the rules let in, if it is given.

    `declared_type` is the media type that a mail or a browser gives, empty for none. Whatever the bytes, the answer is
    a record; libraries read them in a sandbox process, within the `effort`, if it is given. Raises
    `SandboxUnavailableError` when there is none at the moment, and `TooHeavyError` as the effort does.
    """
    row = BY_ENDING.get(ending(name))
    looked = Look()
    found = _at_sight(name, content, policy, declared_type)
    if found is None:
        looked = _look(content, ending(name), effort)
        found = next(((one.reason, one.why) for one in looked.findings if not policy.lets_in(one.reason)), None)
    if found is None and clamd is not None:
        found = _scanned(clamd, content)
    stored, digest = row.stored if row else _UNKNOWN, sha256(content).hexdigest()
    if found is not None:
        return Examined(stored, digest, *found)
    return Examined(stored, digest, picture=looked.picture, thumbnail=looked.thumbnail)


def _at_sight(name: str, content: bytes, policy: FilePolicy, declared: str) -> _Found | None:
    """Why a file is left out before anything looks into it."""
    kind = ending(name)
    row = BY_ENDING.get(kind)
    sent_as = f"it was sent as {declared[:_LONGEST_TYPE]}, which is not what {kind!r} says"
    why = unsupported(name, policy)
    rules = (
        (why is None, FileReason.TYPE, why or ""),
        (bool(content), FileReason.EMPTY, FILE_REASONS[FileReason.EMPTY]),
        (len(content) <= policy.most_bytes, FileReason.TOO_LARGE, FILE_REASONS[FileReason.TOO_LARGE]),
        (row is None or declared_agrees(row, declared), FileReason.CONTENT, sent_as),
    )
    return next(((reason, words) for holds, reason, words in rules if not holds), None)


def _look(content: bytes, kind: str, effort: Effort | None) -> Look:
    if effort is None:
        return _tried(content, kind, isolation.Bounds(_SECONDS, _CPU, _MEMORY))[0] or _TOO_LONG
    if not effort.heavy:
        if effort.left >= WORTH and (looked := _within(content, kind, effort)):
            return looked
        effort.begin_heavy()
    return (effort.left >= WORTH and _within(content, kind, effort)) or _TOO_LONG


def _within(content: bytes, kind: str, effort: Effort) -> Look | None:
    seconds, cpu = (_HEAVY_SECONDS, _HEAVY_CPU) if effort.heavy else (_SECONDS, _CPU)
    bounds = isolation.Bounds(seconds, min(cpu, effort.left), _MEMORY, str(effort.tenant_id), effort.heavy)
    looked, spent = _tried(content, kind, bounds)
    effort.use(spent)
    return looked


def _tried(content: bytes, kind: str, bounds: isolation.Bounds) -> tuple[Look | None, float]:
    """What is in the file, None when that takes longer than it may; and the seconds of CPU time that went into it."""
    try:
        return isolation.run_timed(bounds, look, content, kind)
    except (LimitExceededError, WorkerDiedError) as problem:
        if isinstance(problem, LimitExceededError) and problem.bound != "memory":
            return None, bounds.cpu
        unreadable = Finding(FileReason.UNREADABLE, FILE_REASONS[FileReason.UNREADABLE])
        return Look(findings=(unreadable,)), bounds.cpu


def _scanned(clamd: Clamd, content: bytes) -> _Found | None:
    """Why the scanner does not let the content pass; None when it does."""
    try:
        name = clamd.scan(content)
    except NotScannedError as problem:
        _log.warning("a file could not be scanned", problem=str(problem))
        return FileReason.NOT_SCANNED, FILE_REASONS[FileReason.NOT_SCANNED]
    except UnscannableError as problem:
        return FileReason.UNSCANNABLE, f"it can't be checked for malware: {problem}"
    if not name:
        return None
    _log.warning("malware in a file", signature=name)
    return FileReason.MALWARE, f"malware was found in it: {name}"
