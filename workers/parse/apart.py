"""Reads large and odd mails in a process of their own, which may be killed; ordinary mails are not worth the way there.

The limits of a reading keep its cost low on paper. This is for what they did not foresee: a worker neither dies of a
mail nor stops for it.
"""

from cases import apart
from schemas.reasons import Reason
from schemas.records import Custody, ParsedMail, Rejection
from workers.errors import Transient
from workers.parse.limits import DEFAULT, Limits
from workers.parse.understand import understand

ORDINARY_BYTES = 1_000_000
ORDINARY_LINES = 20_000
ORDINARY_DELIMITERS = 200  # lines that may begin a part


def is_ordinary(raw: bytes) -> bool:
    """Whether a mail is small and plain enough to be read in the worker itself: nearly all are."""
    return (
        len(raw) <= ORDINARY_BYTES
        and raw.count(b"\n") + raw.count(b"\r") <= 2 * ORDINARY_LINES
        and raw.count(b"\n--") + raw.count(b"\r--") <= ORDINARY_DELIMITERS
    )


def understand_apart(raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> ParsedMail | Rejection:
    """As `understand`, but a mail that is not ordinary is read in a process of its own.

    If that needs more than `limits.seconds`, `limits.cpu` or `limits.memory`, or dies, the mail is rejected as
    OVER_LIMIT or UNREADABLE. Raises Transient when it is told to stop, or can't start.
    """
    if is_ordinary(raw):
        return understand(raw, custody, limits)
    bounds = apart.Bounds(limits.seconds, limits.cpu, limits.memory)
    try:
        return apart.run(bounds, understand, raw, custody, limits)
    except apart.Unavailable as failure:
        raise Transient(f"reading a mail apart: {failure}") from failure
    except apart.OutOfBounds as over:
        evidence = {"limit": over.bound, "figure": f"over {over.allowed}", "allowed": str(over.allowed)}
        return Rejection(custody=custody, reason=Reason.OVER_LIMIT, evidence=evidence)
    except apart.Died as death:
        evidence = {"problem": f"The process that read it died (exit code {death.exit_code})."}
        return Rejection(custody=custody, reason=Reason.UNREADABLE, evidence=evidence)
