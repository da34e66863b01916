"""Known faults of the Python that runs this, of those that hostile mail or requests could make use of.

Each is recognised by what its mending changed, not by the version: distributions mend older versions too. Run as a
script by whatever Python it is about, for `make setup`; it needs no packages. A fault whose harm casemail bounds by
itself is a warning; with any other casemail does not start.
"""

import email.policy
import email.utils
import http.cookies
import ipaddress
import platform
import sys
import zipfile
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

WARNED, REFUSED = 1, 2  # exit codes


class Fault(NamedTuple):
    """A fault of the interpreter: `harm` is what it lets a stranger do, `bound` what of casemail keeps that small, ""
    if nothing does; `fixed` are the first versions without it."""

    name: str
    there: Callable[[], bool]
    harm: str
    bound: str
    fixed: tuple[str, ...]


class Log(Protocol):
    """Who takes a warning: a logger of structlog."""

    def warning(self, event: str, **values: str) -> object: ...


FAULTS = (
    Fault(
        "CVE-2024-7592",
        lambda: not hasattr(http.cookies, "_unquote_sub"),
        "a cookie of some kilobytes keeps the console busy for seconds",
        "the console reads no long cookie header",
        ("3.11.10", "3.12.6", "3.13.0"),
    ),
    Fault(
        "CVE-2024-0450",
        lambda: "_end_offset" not in zipfile.ZipInfo.__slots__,
        "an archive whose files overlap unpacks to far more than it holds",
        "archives are measured by their directory before they are unpacked",
        ("3.11.8", "3.12.2", "3.13.0"),
    ),
    Fault(
        "CVE-2023-27043",
        lambda: not hasattr(email.utils, "supports_strict_parsing"),
        "a From field is read as another address than it has",
        "an author is who two parsers read alike",
        ("3.11.10", "3.12.6", "3.13.0"),
    ),
    Fault(
        "CVE-2024-6923",
        lambda: not hasattr(email.policy.Policy, "verify_generated_headers"),
        "a line end in a value becomes a field of its own in a mail that is sent",
        "no line end of a mail gets into a field of ours",
        ("3.11.10", "3.12.5", "3.13.0"),
    ),
    Fault(
        "CVE-2024-4032",
        lambda: ipaddress.ip_address("64:ff9b:1::1").is_global,
        "some private addresses pass as public ones, for mailboxes that tenants name",
        "only addresses of a list of our own are connected to",
        ("3.11.10", "3.12.4", "3.13.0"),
    ),
)


def known_faults(faults: Sequence[Fault] = FAULTS) -> list[Fault]:
    """Those of `faults` that this Python has."""
    return [fault for fault in faults if fault.there()]


def advice(found: Sequence[Fault]) -> str:
    """What to do about `found`."""
    branch = ".".join(platform.python_version_tuple()[:2])
    newest = [version for fault in found for version in fault.fixed if version.startswith(f"{branch}.")]
    enough = max(newest, key=_by_number, default="a newer one")
    return f"install Python {enough} or newer, or your distribution's update of Python, and run `make setup`"


def check(log: Log, faults: Sequence[Fault] = FAULTS) -> None:
    """Warn in `log` of each known fault that this Python has. Raises SystemExit if casemail does not bound one."""
    found = known_faults(faults)
    for fault in found:
        log.warning(
            "this Python has a known fault",
            python=platform.python_version(),
            fault=fault.name,
            harm=fault.harm,
            bounded=fault.bound or "by nothing",
            advice=advice([fault]),
        )
    if refused := [fault for fault in found if not fault.bound]:
        raise SystemExit(f"error: {_heading(refused)}\n{_rows(refused)}\nTo go on, {advice(refused)}.")


def main(faults: Sequence[Fault] = FAULTS) -> int:
    """Print the known faults on standard error; 0 if there is none, WARNED, or REFUSED if casemail does not start."""
    found = known_faults(faults)
    if not found:
        return 0
    refused = any(not fault.bound for fault in found)
    kind = "error" if refused else "warning"
    print(f"{kind}: {_heading(found)}\n{_rows(found)}\nBetter {advice(found)}.", file=sys.stderr)
    return REFUSED if refused else WARNED


def _heading(found: Sequence[Fault]) -> str:
    python = f"Python {platform.python_version()} ({sys.executable})"
    return f"{python} has known faults that strangers can use, {len(found)} of them:"


def _rows(found: Sequence[Fault]) -> str:
    return "\n".join(f"  {one.name}: {one.harm}; {one.bound or 'nothing bounds that'}" for one in found)


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


if __name__ == "__main__":
    sys.exit(main())
