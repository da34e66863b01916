"""`casemail parse` and `casemail explain` in a separate process without settings, as people run them."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from ops.bench import parse as bench
from ops.cli.mail_file import KEYS
from tests.builders.command import BARE, casemail
from tests.builders.small_mails import HEAD, file, mail, multipart, part, text, whole
from tests.workers.parse.fuzz import fuzz_for

ANSWER = mail(body="Yes.\n\nOn 5/3/24 10:00, Desk wrote:\n> Please confirm.\n")


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    path = tmp_path / "answer.eml"
    path.write_bytes(ANSWER)
    return path


@pytest.fixture(scope="module")
def asking() -> Iterator[subprocess.Popen[bytes]]:
    """Starts `casemail parse --jsonl -`, which answers each path on its standard input."""
    command = [sys.executable, "-m", "ops", "parse", "--jsonl", "-"]
    with subprocess.Popen(command, env=BARE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def ask(process: subprocess.Popen[bytes], path: bytes) -> dict[str, object]:
    """Sends a path to the process; returns its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(path + b"\n")
    process.stdin.flush()
    answer: dict[str, object] = json.loads(process.stdout.readline())
    return answer


def test_each_path_is_answered_before_the_next_is_sent(asking: subprocess.Popen[bytes], answer: Path) -> None:
    first = ask(asking, bytes(answer))
    assert (first["path"], first["reply"], first["kind"]) == (str(answer), "Yes.", "mail")
    broken = answer.with_name("broken.eml")
    broken.write_bytes(b"\xff\x00\r" * 1000)
    assert ask(asking, bytes(broken))["path"] == str(broken)


@pytest.mark.parametrize("path", [b"", b"/", b"no such file", b"a\0b", b"\xff\xfe", b"x" * 5000])
def test_no_line_ends_the_answers(asking: subprocess.Popen[bytes], answer: Path, path: bytes) -> None:
    reply = ask(asking, path)
    assert reply["error"]
    assert set(reply) == {*KEYS, "error"}
    assert ask(asking, bytes(answer))["reply"] == "Yes."


def test_a_mail_is_shown_with_all_keys(asking: subprocess.Popen[bytes], tmp_path: Path) -> None:
    field, body = multipart(
        "alternative", text("Grüße ✓"), text("<p>Grüße ✓ <img src='cid:p'></p>", "html"), boundary="i"
    )
    pdf, png = b"%PDF-1.7\n", b"\x89PNG"
    picture = ("Content-ID: <p>", 'Content-Disposition: attachment; filename="p.png"')
    path = tmp_path / "mail.eml"
    path.write_bytes(
        whole("mixed", part(field, body=body), file("a.pdf", pdf), file("p.png", png, "image/png", *picture))
    )
    reply = ask(asking, bytes(path))
    assert tuple(reply) == KEYS
    assert reply == {
        "path": str(path),
        "from_email": "anna@x.example",
        "from_name": "Anna Smith",
        "subject": "Re: Case 1",
        "to": ["r-1@in.example"],
        "cc": [],
        "date": "2024-05-03T08:00:00+00:00",
        "text": "Grüße ✓",
        "html": "<p>Grüße ✓ <img src='cid:p'></p>",
        "reply": "Grüße ✓",
        "kind": "mail",
        "attachments": [
            {
                "filename": name,
                "content_type": kind,
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "inline": inline,
            }
            for name, kind, data, inline in (
                ("a.pdf", "application/pdf", pdf, False),
                ("p.png", "image/png", png, True),
            )
        ],
        "defects": [],
        "rejection": None,
    }


@pytest.mark.parametrize(
    ("raw", "kind", "reason"),
    [
        (mail("Auto-Submitted: auto-replied"), "auto", "auto_reply"),
        (mail("List-Id: <a.b.c>"), "list", "list_mail"),
        (mail("Return-Path: <>", head=("From: MAILER-DAEMON@x.example", *HEAD[1:])), "bounce", "bounce"),
        (mail("X-Casemail-Mail: notice.1"), "own", "own_mail"),
        (mail(multipart("encrypted", b"x")[0], body=b"x"), "encrypted", "encrypted"),
        (mail("Content-Type: text/calendar; method=REPLY", body="BEGIN:VCALENDAR"), "calendar", "calendar"),
        (mail("Content-Type: multipart/report; report-type=feedback-report; boundary=b"), "complaint", "complaint"),
        (
            mail("Content-Type: multipart/report; report-type=disposition-notification; boundary=b"),
            "receipt",
            "read_receipt",
        ),
        (mail(body="a" * 1_100_000), "mail", "over_limit"),
        (mail(body="a" * 26_000_000), None, "over_limit"),
        (mail(*["Received: from a by b"] * 51), None, "loop"),
        (mail(head=("From: a@b.example", "From: c@d.example", *HEAD[1:])), "mail", "author_unclear"),
    ],
    ids=[
        *("vacation note", "list", "bounce", "own", "encrypted", "calendar", "complaint", "receipt"),
        *("long text", "too large", "loop", "two From"),
    ],
)
def test_a_mail_that_does_not_post_is_shown_with_the_reason(
    asking: subprocess.Popen[bytes], tmp_path: Path, raw: bytes, kind: str | None, reason: str
) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(raw)
    reply = ask(asking, bytes(path))
    rejection = reply["rejection"]
    assert isinstance(rejection, dict)
    assert (reply["kind"], rejection["reason"]) == (kind, reason)
    assert rejection["words"]
    assert reply["subject"] == (None if reason == "loop" else "Re: Case 1")


def test_a_missing_file_is_reported_and_the_next_is_read(answer: Path) -> None:
    done = casemail("parse", "--jsonl", "nowhere.eml", answer)
    first, second = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, first["path"], second["reply"]) == (1, "nowhere.eml", "Yes.")
    assert first["error"]
    assert "error" not in second
    assert done.stderr == ""


def test_the_table_names_the_words_and_what_was_cut_in_100_columns(answer: Path) -> None:
    done = casemail("parse", answer)
    assert done.returncode == 0, done.stderr
    assert "Anna Smith <anna@x.example>" in done.stdout
    assert "quote, 95% sure: On 5/3/24 10:00, Desk wrote: and 1 more line" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_explain_shows_the_cut_lines_with_their_rule_and_the_kept_ones(answer: Path) -> None:
    done = casemail("explain", answer)
    assert done.returncode == 0, done.stderr
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "+ kept       | Yes." in lines
    assert "- quote      | > Please confirm." in lines
    assert any(line.startswith("cut as quote, 95% sure: an attribution") for line in lines)
    assert any("none of" in line and "sign of a machine" in line for line in lines)
    assert "header line: From: Anna Smith <anna@x.example>" in lines


def test_explain_shows_what_made_it_machine_mail_and_which_limit_it_is_over(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(mail("Auto-Submitted: auto-replied", body="a" * 1_100_000))
    out = casemail("explain", path).stdout
    assert "Machine mail: auto_reply, because of Auto-Submitted: auto-replied" in out
    assert "header line: auto-submitted: auto-replied" in out
    assert "1,100,000 of    1,048,576  CASEMAIL_LIMIT_TEXT  OVER" in out
    assert "It does not post: over_limit." in out


def test_explain_shows_the_field_of_casemails_own_mail_and_the_address_of_a_delivery_report(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    body = "<bob@x.example>:\n550 no such user"
    fields = ("Return-Path: <>", "X-Casemail-Mail: notice.1")
    path.write_bytes(mail(*fields, head=("From: MAILER-DAEMON@x.example", *HEAD[1:]), body=body))
    out = casemail("explain", path).stdout
    assert "It says that it is casemail's own: X-Casemail-Mail: notice.1" in out
    assert "delivery report: the server gave up on bob@x.example: 550 no such user" in out


def test_explain_of_a_missing_file_is_one_line_and_exit_code_2() -> None:
    done = casemail("explain", "nowhere.eml")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_the_mails_of_the_benchmark_have_their_size() -> None:
    assert len(bench.delivered(Random(1))) == 4_000
    assert len(bench.plain(Random(1))) == pytest.approx(4_000, rel=0.15)
    assert len(bench.html(Random(1))) == pytest.approx(50_000, rel=0.15)
    assert len(bench.with_pdf(Random(1))) == pytest.approx(5_000_000, rel=0.15)


def test_a_short_run_of_mutations_finds_nothing(tmp_path: Path) -> None:
    report = fuzz_for(5, 1, tmp_path / "findings")
    assert report.mails > 0
    assert report.findings == []
