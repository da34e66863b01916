"""Reads mails in sandboxed processes, which can be killed and have no access to files or network (cases/sandbox).

Nearly all mails are ordinary: a process reads several of them at a time, which adds about 0.06 ms to each. A large or
unusual mail is read alone, in a process that serves only its tenant.
"""

from collections.abc import Mapping, Sequence

from cases.sandbox import isolation
from cases.sandbox.errors import LimitExceededError, SandboxUnavailableError, WorkerDiedError
from schemas.reasons import Reason
from schemas.records import Custody, ParsedMail, Rejection
from workers.errors import TransientError
from workers.parse.limits import DEFAULT, Limits
from workers.parse.read import read_mail, read_mails

ORDINARY_BYTES = 1_000_000
ORDINARY_LINES = 20_000
ORDINARY_DELIMITERS = 200  # lines that may begin a part
#: Seconds of elapsed time, and of CPU time, for a group of ordinary mails; if it takes longer, each is read alone.
_GROUP_SECONDS = 5.0


def is_ordinary(raw: bytes) -> bool:
    """Returns whether a mail is small and simple enough to be read in a group."""
    return (
        len(raw) <= ORDINARY_BYTES
        and raw.count(b"\n") + raw.count(b"\r") <= 2 * ORDINARY_LINES
        and raw.count(b"\n--") + raw.count(b"\r--") <= ORDINARY_DELIMITERS
    )


def read_mails_sandboxed(
    raws: Sequence[bytes], custodies: Sequence[Custody], limits: Limits = DEFAULT
) -> list[ParsedMail | Rejection]:
    """Reads several mails, each as `read_mail_sandboxed` does; returns the results in order."""
    ordinary = [index for index, raw in enumerate(raws) if is_ordinary(raw)]
    read = {}
    if len(ordinary) > 1:
        read = _read_group({index: (raws[index], custodies[index]) for index in ordinary}, limits)
    return [
        read[index] if index in read else read_mail_sandboxed(raw, custody, limits)
        for index, (raw, custody) in enumerate(zip(raws, custodies, strict=True))
    ]


def _read_group(mails: Mapping[int, tuple[bytes, Custody]], limits: Limits) -> dict[int, ParsedMail | Rejection]:
    """Reads mails in one process; returns the results by index, or an empty dict if anything goes wrong."""
    bounds = isolation.Bounds(_GROUP_SECONDS, _GROUP_SECONDS, limits.memory)
    raws, custodies = [raw for raw, _ in mails.values()], [custody for _, custody in mails.values()]
    try:
        results = isolation.run(bounds, read_mails, raws, custodies, limits)
    except SandboxUnavailableError as failure:
        raise TransientError(f"reading mails: {failure}") from failure
    except (LimitExceededError, WorkerDiedError):
        return {}
    if [result.custody for result in results] != custodies:
        return {}
    return dict(zip(mails, results, strict=True))


def read_mail_sandboxed(raw: bytes, custody: Custody, limits: Limits = DEFAULT) -> ParsedMail | Rejection:
    """Reads one mail alone in a sandboxed process; returns the same as `read_mail`.

    A mail that needs more than `limits.seconds`, `limits.cpu` or `limits.memory` is rejected as OVER_LIMIT; a mail that
    kills the process is rejected as UNREADABLE. Raises `TransientError` when the process is stopped or can't start.
    """
    ordinary = is_ordinary(raw)
    reserved_for = "" if ordinary else str(custody.tenant_id)
    bounds = isolation.Bounds(limits.seconds, limits.cpu, limits.memory, reserved_for, bulky=not ordinary)
    try:
        result = isolation.run(bounds, read_mail, raw, custody, limits)
    except SandboxUnavailableError as failure:
        raise TransientError(f"reading a mail alone: {failure}") from failure
    except LimitExceededError as over:
        evidence = {"limit": over.bound, "figure": f"over {over.allowed}", "allowed": str(over.allowed)}
        return Rejection(custody=custody, reason=Reason.OVER_LIMIT, evidence=evidence)
    except WorkerDiedError as death:
        evidence = {"problem": f"The process that read it died (exit code {death.exit_code})."}
        return Rejection(custody=custody, reason=Reason.UNREADABLE, evidence=evidence)
    if result.custody != custody:
        evidence = {"problem": "The process that read it answered for another mail."}
        return Rejection(custody=custody, reason=Reason.UNREADABLE, evidence=evidence)
    return result
