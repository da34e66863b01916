"""Reads mutated mails for a given time: `python -m tests.workers.parse.fuzz --seconds 1800 --seed 1`.

Takes mails of the demo and of the tests, changes their bytes and structure, and parses each. A finding is an exception,
a rejection that only names an exception, a mail that takes too long, or memory that grows. Mails of findings and slow
mails are saved in a folder. The exit code is 1 if there are findings.

Longer than other files, as its parts work on one run.
"""

import argparse
import heapq
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import gettempdir

import psutil

import ops.demo
from schemas.reasons import Reason
from schemas.records import Rejection
from tests.builders import relative_cost
from tests.builders.small_mails import custody, file, mail, multipart, part, text, whole
from tests.mails.automatic_mails import MACHINES
from tests.mails.delivery_reports import DAEMON, FIELDS, TEXTS
from tests.mails.html_replies import HTML
from tests.mails.plain_replies import PLAIN
from workers.parse.limits import OverLimitError, TooManyHopsError, UnreadableError
from workers.parse.mime.structure import open_parts
from workers.parse.read import read_mail

SECONDS_PER_MAIL = 5.0  # of CPU; a slower mail is measured again, in units of tests.builders.relative_cost
UNITS_PER_MAIL = 100
SECONDS_WORTH_A_LOOK = 1.0
MEGABYTES_OF_GROWTH = 150
_LONGEST = 3_000_000  # bytes; mutations that would make a mail longer are dropped
_SLOWEST = 5
_WARM_UP = 0.2  # share of the time after which the process's memory must not grow any more

_BOTH = multipart("alternative", text("Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n> a"), text("<p>Yes.</p>", "html"))
_MIXED = whole("mixed", part(_BOTH[0], body=_BOTH[1]), file("a.pdf", b"%PDF" * 90), file("b.png", b"x", "image/png"))
_REPORT = whole("report", text("x"), part("Content-Type: message/delivery-status", body="Status: 5.1.1\n"))

_TOKENS = (
    *rb"\" ( ) < > , ; : @ =? ?= -- =?utf-8?q?=00?= =?utf-8?b?4pyT?= charset= charset*= filename*0*=''".split(),
    *rb"boundary*=punycode''a filename*99999999= <blockquote> </div> <a\thref= wrote: cid: [cid: begin =".split(),
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b"\xff", b"\xed\xa0\x80", b"\x1b$B", b"> ", b"-- \r\n"),
    *(
        b"From: x@y.example\r\n",
        b"MIME-Version: 1.0\r\n",
        b"\r\n Content-Type: text/html\r\n",
        b"]]>",
        b"<!--",
        b"&#0;",
    ),
)
_CHARSETS = b"utf-8 utf-7 us-ascii iso-2022-jp iso-2022-kr gb18030 big5 utf-16 punycode idna cp1252 koi8-r hex".split()
_ENCODINGS = b"7bit 8bit binary base64 quoted-printable x-uuencode base64,base64 gzip".split()
_TYPES = (
    *b"text/plain text/html text/calendar message/rfc822 message/delivery-status application/pkcs7-mime".split(),
    *(b"multipart/mixed; boundary=b", b'multipart/alternative; boundary=""', b"multipart/report; report-type=x", b"/"),
)


def seeds() -> list[bytes]:
    """Returns the mails to start from."""
    demo = sorted((Path(ops.demo.__file__).parent / "mails").glob("*.eml"))
    answers = [mail(body=answer.text) for answer in PLAIN]
    pages = [mail("Content-Type: text/html; charset=utf-8", body=answer.text) for answer in HTML]
    reports = [*(raw for _, raw, _ in FIELDS), *(mail(head=DAEMON, body=words) for _, words, *_ in TEXTS)]
    machines = [raw for _, raw, _ in MACHINES]
    return [*(path.read_bytes() for path in demo), *answers, *pages, *reports, *machines, _MIXED, _REPORT]


def _flip(random: Random, raw: bytes, _: bytes) -> bytes:
    data = bytearray(raw)
    for _n in range(random.randint(1, 20) if data else 0):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def _cut(random: Random, raw: bytes, _: bytes) -> bytes:
    at, to = sorted((_at(random, raw), _at(random, raw)))
    return raw[:at] + raw[to:] if random.random() < 0.5 else raw[:to]


def _double(random: Random, raw: bytes, _: bytes) -> bytes:
    at, to = sorted((_at(random, raw), _at(random, raw)))
    return raw[:to] + raw[at:to] * random.choice((1, 1, 2, 10, 100)) + raw[to:]


def _insert(random: Random, raw: bytes, _: bytes) -> bytes:
    at = _at(random, raw)
    return raw[:at] + random.choice(_TOKENS) * random.choice((1, 1, 1, 3, 50, 5_000)) + raw[at:]


def _splice(random: Random, raw: bytes, other: bytes) -> bytes:
    """Puts lines of one mail into another: header fields among fields, or any lines anywhere."""
    lines, strange = raw.splitlines(keepends=True), other.splitlines(keepends=True)
    start = random.randrange(len(strange) or 1)
    at = random.randrange(min(len(lines), 30) + 1) if random.random() < 0.5 else random.randrange(len(lines) + 1)
    return b"".join([*lines[:at], *strange[start : start + random.randint(1, 40)], *lines[at:]])


def _boundary(random: Random, raw: bytes, _: bytes) -> bytes:
    """Doubles a delimiter, closes it early, shortens or lengthens it, or declares another boundary."""
    _head, found, rest = raw.partition(b"boundary=")
    name = rest.split(b"\n")[0].split(b";")[0].strip(b'" \r') if found else b"b"
    delimiter = b"\r\n--" + name
    game = random.choice(
        (delimiter, delimiter + b"--", delimiter[:-1], delimiter + b"x", delimiter + b" \t", delimiter + b"\r\n\r\n")
    )
    if random.random() < 0.3:
        return raw.replace(b"boundary=", random.choice((b"boundary*=", b"boundary*0=", b"x=1; boundary =", b"b=")), 1)
    at = _at(random, raw)
    return raw[:at] + game * random.choice((1, 1, 2, 300)) + b"\r\n" + raw[at:]


def _encoding(random: Random, raw: bytes, _: bytes) -> bytes:
    """Changes a field of a part."""
    new = random.choice(
        (
            b"Content-Type: " + random.choice(_TYPES),
            b"Content-Type: text/plain; charset=" + random.choice(_CHARSETS),
            b"Content-Type: text/html; format=flowed; delsp=yes; charset=" + random.choice(_CHARSETS),
            b"Content-Transfer-Encoding: " + random.choice(_ENCODINGS),
            b"Subject: =?" + random.choice(_CHARSETS) + b"?" + random.choice((b"q", b"b", b"x")) + b"?=E2=9C=?=",
        )
    )
    lines = raw.split(b"\n")
    places = [at for at, line in enumerate(lines) if line.lower().startswith((b"content-", b"subject:"))]
    at = random.choice(places) if places else 0
    lines[at : at + random.randint(0, 1)] = [new + b"\r"]
    return b"\n".join(lines)


def _nest(random: Random, raw: bytes, other: bytes) -> bytes:
    """Puts the mail into nested parts, into attached mails, or next to another mail."""
    for level in range(random.choice((1, 2, 5, 30, 60))):
        kind = random.choice((b"multipart/mixed", b"multipart/alternative", b"multipart/related", b"message/rfc822"))
        name = b"n%d" % level if random.random() < 0.9 else b"n"
        if kind == b"message/rfc822":
            raw = b"From: a@b.example\r\nContent-Type: " + kind + b"\r\n\r\n" + raw
        else:
            close = b"\r\n--" + name + b"--\r\n" if random.random() < 0.8 else b""
            second = b"\r\n--" + name + b"\r\n" + other if random.random() < 0.2 else b""
            field = b"Content-Type: " + kind + b"; boundary=" + name
            raw = b"From: a@b.example\r\n" + field + b"\r\n\r\n--" + name + b"\r\n" + raw + second + close
        if len(raw) > _LONGEST:
            break
    return raw


def _huge(random: Random, raw: bytes, _: bytes) -> bytes:
    """Adds a very long field, list of fields, or text."""
    size = random.choice((300, 3_000, 60_000, 250_000))
    filler = random.choice((*_TOKENS, b"a", b"a@b.example, ", b"=?utf-8?q?a?= ", b"> ", b"\r\n ", b"(", b"; a*1=b"))
    long = (filler * (size // len(filler) + 1))[:size]
    if random.random() < 0.4:
        at = _at(random, raw)
        return raw[:at] + long + raw[at:]
    names = (b"Subject: ", b"From: ", b"To: ", b"Date: ", b"References: ", b"Content-Type: text/plain; ", b"X: ")
    many = random.choice((1, 1, 3, 40))
    return b"".join(random.choice(names) + long[: size // many] + b"\r\n" for _n in range(many)) + raw


def _ends(random: Random, raw: bytes, _: bytes) -> bytes:
    """Changes the line ends."""
    plain = raw.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", random.choice((b"\n", b"\r\n", b"\r", b"\r\r\n", b"\n\r")))


_MUTATIONS: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    *(_flip, _cut, _double, _insert, _splice, _boundary, _encoding, _nest, _huge, _ends),
)


def _at(random: Random, raw: bytes) -> int:
    """Returns a random offset in the mail, half of the time near its start, where the header is."""
    return random.randrange(min(len(raw), 1_500) + 1) if random.random() < 0.5 else random.randrange(len(raw) + 1)


def mutate(random: Random, raw: bytes, other: bytes) -> tuple[bytes, list[str]]:
    """Returns the mail after one to six changes, and their names."""
    names = []
    for _ in range(random.randint(1, 6)):
        change = random.choice(_MUTATIONS)
        changed = change(random, raw, other)
        if len(changed) <= _LONGEST:
            raw = changed
            names.append(change.__name__.strip("_"))
    return raw, names


def _costly(raw: bytes) -> str:
    """Returns by how much a mail is too costly, compared with other work; "" if only the machine was busy."""
    try:
        relative_cost.at_most(UNITS_PER_MAIL, lambda: problem_of(raw))
    except AssertionError as error:
        return str(error)
    return ""


def problem_of(raw: bytes) -> tuple[str, str]:
    """Reads a mail; returns "read" or the reason of its rejection, and the problem with that result, or ""."""
    try:
        # half of the mails have no envelope sender, like delivery reports; the mail's length decides, so that a saved
        # mail is read in the same way
        result = read_mail(raw, custody("" if len(raw) % 2 else "anna@x.example"))
        result.model_dump_json()
    except Exception as error:  # noqa: BLE001  # any exception is a finding
        return "exception", f"{type(error).__name__}: {error}"
    if not isinstance(result, Rejection):
        return "read", ""
    if result.reason is Reason.UNREADABLE:
        try:
            open_parts(raw)
        except (OverLimitError, TooManyHopsError, UnreadableError):
            return result.reason, ""
        except Exception as error:  # noqa: BLE001
            return result.reason, f"{type(error).__name__}: {error}"
        return result.reason, result.evidence["problem"]
    return result.reason, ""


@dataclass
class Report:
    """The figures of a run; an item of `slowest` is CPU seconds, size in bytes and the names of the changes."""

    mails: int = 0
    results: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    megabytes: list[int] = field(default_factory=list)


def fuzz_for(seconds: float, seed: int, folder: Path) -> Report:
    """Mutates and reads mails for this many seconds; saves findings in `folder`, which it creates if needed."""
    random, pool, report = Random(seed), seeds(), Report()
    process, begin, warm = psutil.Process(), time.monotonic(), False
    while (passed := time.monotonic() - begin) < seconds:
        raw, changes = mutate(random, random.choice(pool), random.choice(pool))
        started = time.process_time()
        result, problem = problem_of(raw)
        took = time.process_time() - started
        report.mails += 1
        report.results[str(result)] += 1
        heapq.heappush(report.slowest, (took, len(raw), " ".join(changes)))
        if len(report.slowest) > _SLOWEST:
            heapq.heappop(report.slowest)
        if took > SECONDS_PER_MAIL and not problem:
            problem = _costly(raw)
        if problem or took > SECONDS_WORTH_A_LOOK:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{seed}-{report.mails}.eml"
            path.write_bytes(raw)
            report.findings += [f"{path}: {problem}"] if problem else []
        if not warm and passed > seconds * _WARM_UP:
            warm = True
            report.megabytes.append(process.memory_info().rss // 1_000_000)
    report.megabytes.append(process.memory_info().rss // 1_000_000)
    if report.megabytes[-1] - report.megabytes[0] > MEGABYTES_OF_GROWTH:
        report.findings.append(f"memory grew from {report.megabytes[0]} to {report.megabytes[-1]} MB")
    return report


def main() -> int:
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.workers.parse.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir()) / "casemail-fuzz", help="for findings")
    options = parser.parse_args()
    report = fuzz_for(options.seconds, options.seed, options.folder)
    print(f"{report.mails} mails in {options.seconds:.0f} s, seed {options.seed}:", dict(report.results.most_common()))
    for took, size, changes in sorted(report.slowest, reverse=True):
        print(f"  {took:.2f} s for {size} bytes: {changes}")
    print(f"  memory, after the start and at the end: {' MB, '.join(map(str, report.megabytes))} MB")
    print(*(report.findings or ["no findings"]), sep="\n")
    return 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(main())
