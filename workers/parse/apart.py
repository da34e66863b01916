"""Reads large and odd mails in a process of their own, which may be killed; ordinary mails are not worth the way there.

The limits of a reading keep its cost low on paper. This is for what they did not foresee: a worker neither dies of a
mail nor stops for it.
"""

import multiprocessing
import resource
import signal
import time
from concurrent.futures import TimeoutError as OutOfTimeError
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from math import ceil

from pebble import ProcessExpired, ProcessPool

from schemas.reasons import Reason
from schemas.records import Custody, ParsedMail, Rejection
from workers.errors import Transient
from workers.parse.limits import DEFAULT, Limits
from workers.parse.understand import understand

ORDINARY_BYTES = 1_000_000
ORDINARY_LINES = 20_000
ORDINARY_DELIMITERS = 200  # lines that may begin a part

#: Readings until the process is made anew, in case that something stays in it.
_READINGS = 500


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
    pool = _pool(limits.memory)
    try:
        return pool.schedule(_understand_within, args=(raw, custody, limits), timeout=limits.seconds).result()
    except BrokenProcessPool as failure:  # its process could not be started
        _pool.cache_clear()
        raise Transient("the process that reads mails could not be started") from failure
    except OutOfTimeError:
        return _over("seconds", limits.seconds, custody)
    except ProcessExpired as death:
        if death.exitcode == -signal.SIGTERM:  # all processes of the service are told to stop
            raise Transient("the process that reads mails was told to stop") from death
        if death.exitcode == -signal.SIGXCPU:
            return _over("cpu", limits.cpu, custody)
        evidence = {"problem": f"The process that read it died (exit code {death.exitcode})."}
        return Rejection(custody=custody, reason=Reason.UNREADABLE, evidence=evidence)


def _over(limit: str, allowed: int, custody: Custody) -> Rejection:
    evidence = {"limit": limit, "figure": f"over {allowed}", "allowed": str(allowed)}
    return Rejection(custody=custody, reason=Reason.OVER_LIMIT, evidence=evidence)


def _understand_within(raw: bytes, custody: Custody, limits: Limits) -> ParsedMail | Rejection:
    """As `understand`, in a process that ends by SIGXCPU when this mail takes it more than `limits.cpu`."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    until = ceil(time.process_time()) + limits.cpu
    # where whoever runs us allows less, that holds
    resource.setrlimit(resource.RLIMIT_CPU, (until if most == resource.RLIM_INFINITY else min(until, most), most))
    return understand(raw, custody, limits)


@cache
def _pool(memory: int) -> ProcessPool:
    # a fork of a process with threads could hang on a lock that one of them held
    context = multiprocessing.get_context("spawn")
    return ProcessPool(max_workers=1, max_tasks=_READINGS, initializer=_confine, initargs=(memory,), context=context)


def _confine(memory: int) -> None:
    """Bound this process: `memory` in bytes of address space, and no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # so that its exit code tells
