"""Decides whether a tenant accepts a file, by its name, size and bytes; the same for the form and for mail."""

from dataclasses import dataclass
from hashlib import sha256

import structlog

from cases.files.cpu_budget import WORTH, CpuBudget
from cases.files.inspection.findings import Finding, Inspection, Picture
from cases.files.inspection.inspect import inspect
from cases.files.malware import Clamd, NotScannedError, UnscannableError
from cases.files.types import BY_ENDING, declared_agrees, ending, unsupported
from cases.sandbox import isolation
from cases.sandbox.errors import LimitExceededError, WorkerDiedError
from schemas.files import FILE_REASONS, FilePolicy, FileReason

__all__ = ["Examined", "Picture", "examine"]

#: The limits of inspecting one file: seconds on the clock and of CPU time for a file in its turn; the same for a heavy
#: file, which gets only the CPU time that nothing else wants; and bytes of address space.
_SECONDS, _CPU = 10.0, 5.0
_HEAVY_SECONDS, _HEAVY_CPU = 300.0, 10.0
_MEMORY = 1_500_000_000
#: The most characters of a declared type that are shown to a person.
_LONGEST_TYPE = 80

#: The content type of an unsupported file, which is never stored.
_UNKNOWN = "application/octet-stream"

_TOO_LONG = Inspection(findings=(Finding(FileReason.UNREADABLE, "it takes too long to look into"),))

#: Why a file is left out, as a code and as part of a sentence.
_Objection = tuple[FileReason, str]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Examined:
    """The result of `examine`: the content type under which a file is stored, and why it is left out, if it is.

    `why` is part of a sentence for a person. `picture` and `thumbnail`, a small upright JPEG without metadata, are set
    for a picture that could be decoded.
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
    budget: CpuBudget | None = None,
) -> Examined:
    """Examines one file, by the cheapest rules first; `clamd`, if given, scans a file that passes all other rules.

        examined = examine("plan.pdf", content, policy, scanner(settings), "application/pdf")
        if examined.reason is not None:  # left out, because `examined.why`

    `declared_type` is the media type that a mail or a browser gives, empty for none. Libraries read the content in the
    sandbox, within the `budget` if one is given. Raises `SandboxUnavailableError`, and `TooHeavyError` if the budget
    defers heavy files; the bytes alone raise nothing.
    """
    row = BY_ENDING.get(ending(name))
    inspection = Inspection()
    objection = _by_name_and_size(name, content, policy, declared_type)
    if objection is None:
        inspection = _inspect(content, ending(name), budget)
        refused = (found for found in inspection.findings if not policy.lets_in(found.reason))
        objection = next(((found.reason, found.why) for found in refused), None)
    if objection is None and clamd is not None:
        objection = _scan(clamd, content)
    stored, digest = row.stored if row else _UNKNOWN, sha256(content).hexdigest()
    if objection is not None:
        return Examined(stored, digest, *objection)
    return Examined(stored, digest, picture=inspection.picture, thumbnail=inspection.thumbnail)


def _by_name_and_size(name: str, content: bytes, policy: FilePolicy, declared: str) -> _Objection | None:
    """Returns why a file is left out by the rules that don't inspect its content; None if it passes them."""
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


def _inspect(content: bytes, kind: str, budget: CpuBudget | None) -> Inspection:
    if budget is None:
        return _run(content, kind, isolation.Bounds(_SECONDS, _CPU, _MEMORY))[0] or _TOO_LONG
    if not budget.heavy:
        if budget.left >= WORTH and (inspection := _within(content, kind, budget)):
            return inspection
        budget.begin_heavy()
    return (budget.left >= WORTH and _within(content, kind, budget)) or _TOO_LONG


def _within(content: bytes, kind: str, budget: CpuBudget) -> Inspection | None:
    seconds, cpu = (_HEAVY_SECONDS, _HEAVY_CPU) if budget.heavy else (_SECONDS, _CPU)
    bounds = isolation.Bounds(seconds, min(cpu, budget.left), _MEMORY, str(budget.tenant_id), budget.heavy)
    inspection, spent = _run(content, kind, bounds)
    budget.use(spent)
    return inspection


def _run(content: bytes, kind: str, bounds: isolation.Bounds) -> tuple[Inspection | None, float]:
    """Returns the inspection, or None if it takes longer than the bounds allow, and the seconds of CPU time it took."""
    try:
        return isolation.run_timed(bounds, inspect, content, kind)
    except (LimitExceededError, WorkerDiedError) as problem:
        if isinstance(problem, LimitExceededError) and problem.bound != "memory":
            return None, bounds.cpu
        unreadable = Finding(FileReason.UNREADABLE, FILE_REASONS[FileReason.UNREADABLE])
        return Inspection(findings=(unreadable,)), bounds.cpu


def _scan(clamd: Clamd, content: bytes) -> _Objection | None:
    """Returns why the scanner refuses the content; None when it is clean."""
    try:
        name = clamd.scan(content)
    except NotScannedError as problem:
        _log.warning("a file could not be scanned", error=problem)
        return FileReason.NOT_SCANNED, FILE_REASONS[FileReason.NOT_SCANNED]
    except UnscannableError as problem:
        return FileReason.UNSCANNABLE, f"it can't be checked for malware: {problem}"
    if not name:
        return None
    _log.warning("malware in a file", signature=name)
    return FileReason.MALWARE, f"malware was found in it: {name}"
