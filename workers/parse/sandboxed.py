"""Mails are read in processes that may be killed, and from which nothing can be reached (cases/sandbox/isolation.py).

Ordinary mails, nearly all, are read several in one go, which costs each about 0.06 ms; large and odd ones each alone,
in a process that reads for their tenant alone.
"""

from collections.abc import Mapping, Sequence

from cases.sandbox import isolation
from schemas.reasons import Reason
from schemas.records import Custody, ParsedMail, Rejection
from workers.errors import Transient
from workers.parse.limits import DEFAULT, Limits
from workers.parse.read import understand, understand_each

ORDINARY_BYTES = 1_000_000
ORDINARY_LINES = 20_000
ORDINARY_DELIMITERS = 200  # lines that may begin a part
#: Seconds, on the clock and of CPU time, that ordinary mails may take together; then each is read alone.
_TOGETHER = 5.0


def is_ordinary(raw: bytes) -> bool:
    """Whether a mail is small and plain enough to be read together with others."""
    return (
        len(raw) <= ORDINARY_BYTES
        and raw.count(b"\n") + raw.count(b"\r") <= 2 * ORDINARY_LINES
        and raw.count(b"\n--") + raw.count(b"\r--") <= ORDINARY_DELIMITERS
    )


def understand_all(
    raws: Sequence[bytes], custodies: Sequence[Custody], limits: Limits = DEFAULT
) -> list[ParsedMail | Rejection]:
    """As `understand_apart`, of several mails, in order."""
    ordinary = [place for place, raw in enumerate(raws) if is_ordinary(raw)]
    read = {}
    if len(ordinary) > 1:
        read = _together({place: (raws[place], custodies[place]) for place in ordinary}, limits)
    return [
        read[place] if place in read else understand_apart(raw, custody, limits)
        for place, (raw, custody) in enumerate(zip(raws, custodies, strict=True))
    ]


def _together(mails: Mapping[int, tuple[bytes, Custody]], limits: Limits) -> dict[int, ParsedMail | Rejection]:
    """What the mails say; nothing when one of them, it is not known which, does not let itself be read like that."""
    bounds = isolation.Bounds(_TOGETHER, _TOGETHER, limits.memory)
    raws, custodies = [raw for raw, _ in mails.values()], [custody for _, custody in mails.values()]
    try:
        results = isolation.run(bounds, understand_each, raws, custodies, limits)
    except isolation.Unavailable as failure:
        raise Transient(f"reading mails: {failure}") from failure
    except (isolation.OutOfBounds, isolation.Died):
        return {}
    if [result.custody for result in results] != custodies:
        return {}
    return dict(zip(mails, results, strict=True))


def understand_apart(raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> ParsedMail | Rejection:
    """As `understand`, in a process of its own.

    If that needs more than `limits.seconds`, `limits.cpu` or `limits.memory`, or dies, the mail is rejected as
    OVER_LIMIT or UNREADABLE. Raises Transient when it is told to stop, or can't start.
    """
    ordinary = is_ordinary(raw)
    whose = "" if ordinary else str(custody.tenant_id)
    bounds = isolation.Bounds(limits.seconds, limits.cpu, limits.memory, whose, bulky=not ordinary)
    try:
        result = isolation.run(bounds, understand, raw, custody, limits)
    except isolation.Unavailable as failure:
        raise Transient(f"reading a mail apart: {failure}") from failure
    except isolation.OutOfBounds as over:
        evidence = {"limit": over.bound, "figure": f"over {over.allowed}", "allowed": str(over.allowed)}
        return Rejection(custody=custody, reason=Reason.OVER_LIMIT, evidence=evidence)
    except isolation.Died as death:
        evidence = {"problem": f"The process that read it died (exit code {death.exit_code})."}
        return Rejection(custody=custody, reason=Reason.UNREADABLE, evidence=evidence)
    if result.custody != custody:
        evidence = {"problem": "The process that read it said that it was another mail."}
        return Rejection(custody=custody, reason=Reason.UNREADABLE, evidence=evidence)
    return result
