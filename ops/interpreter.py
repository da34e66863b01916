"""Known faults of this Python that hostile mail or requests could use.

Each fault is recognised by the change that fixed it, not by the version: distributions fix older versions, too. `make
setup` runs this as a script with the Python to check; it needs no packages. casemail warns of a fault that it limits
itself, and does not start with any other fault.
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
    """A fault of the interpreter: `harm` says what a stranger can do with it, `bound` how casemail limits the harm (""
    if it does not); `fixed` are the first versions without the fault."""

    name: str
    there: Callable[[], bool]
    harm: str
    bound: str
    fixed: tuple[str, ...]


class Log(Protocol):
    """Takes warnings: a logger of structlog."""

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
    """Returns the faults of `faults` that this Python has."""
    return [fault for fault in faults if fault.there()]


def advice(found: Sequence[Fault]) -> str:
    """Returns what to do about `found`, in words."""
    branch = ".".join(platform.python_version_tuple()[:2])
    newest = [version for fault in found for version in fault.fixed if version.startswith(f"{branch}.")]
    enough = max(newest, key=_by_number, default="a newer one")
    return f"install Python {enough} or newer, or your distribution's update of Python, and run `make setup`"


def check(log: Log, faults: Sequence[Fault] = FAULTS) -> None:
    """Warns of each known fault of this Python in `log`. Raises SystemExit for a fault that casemail does not bound."""
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
    """Prints the known faults on standard error; returns 0 for none, WARNED, or REFUSED if casemail can't start."""
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
    return "\n".join(f"  {fault.name}: {fault.harm}; {fault.bound or 'nothing bounds that'}" for fault in found)


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


if __name__ == "__main__":
    sys.exit(main())
