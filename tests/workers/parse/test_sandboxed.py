"""Large and odd mails are read in a separate process: a mail that takes too much, or kills it, harms no other mail."""

import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import psutil
import pytest

from cases.sandbox import isolation
from schemas.reasons import Reason
from schemas.records import ParsedMail, Rejection
from tests.builders import hostile_work
from tests.builders.sandbox_processes import at_work, fork_servers, readers
from tests.builders.small_mails import custody, file, mail, nested_mail, text, whole
from tests.mails.short_sentences import SENTENCES
from workers.errors import TransientError
from workers.parse import sandboxed
from workers.parse.limits import DEFAULT
from workers.parse.read import read_mail
from workers.parse.sandboxed import is_ordinary, read_mail_sandboxed, read_mails_sandboxed

LARGE = whole("mixed", text("Yes, I agree."), file("plan.pdf", b"%PDF-1.7" + bytes(3_000_000), "application/pdf"))
#: A mail that would take minutes to read without limits on lines and time.
SLOW = nested_mail("multipart/mixed", 40) + b"\n" * 2_000_000
PATIENT = replace(DEFAULT, lines=10**7, line_work=10**9)


def test_a_large_mail_says_there_what_it_says_here() -> None:
    assert not is_ordinary(LARGE)
    here = read_mail(LARGE, custody())
    assert isinstance(here, ParsedMail)
    assert read_mail_sandboxed(LARGE, custody()) == here
    assert readers()


@pytest.mark.parametrize("codec", ["cp1252", "koi8_r", "cp932", "gb18030", "iso2022_jp", "cp1256", "utf_16"])
def test_a_charset_is_guessed_there_as_here(codec: str) -> None:
    words = next(texts for _, codecs, texts in SENTENCES if codec in codecs or codec == "utf_16")[0]
    raw = mail("Content-Type: text/plain; charset=x-unknown", body=words.encode(codec))
    assert read_mail_sandboxed(raw, custody()) == read_mail(raw, custody())
    assert not {name for name in isolation.missing_modules() if name.startswith(("chardet", "encodings"))}


def test_what_is_ordinary() -> None:
    answer = mail(body="Yes, I agree.\n" * 500)
    assert is_ordinary(answer)
    assert is_ordinary(whole("mixed", text("See here."), file("plan.pdf", bytes(300_000), "application/pdf")))


def test_several_mails_say_together_what_each_says_here() -> None:
    mails = [mail(body=f"Yes, {number}.") for number in range(20)] + [LARGE, mail(body="--b\n" * 1_000)]
    custodies = [custody().model_copy(update={"mail_id": UUID(int=number)}) for number in range(len(mails))]
    here = [read_mail(raw, its) for raw, its in zip(mails, custodies, strict=True)]
    assert read_mails_sandboxed(mails, custodies) == here


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_mail_over_which_its_process_dies_spares_those_that_are_read_with_it(
    monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(sandboxed, "read_mail", hostile_work.read_mail)
    monkeypatch.setattr(sandboxed, "read_mails", hostile_work.read_mails)
    mails = [mail(body=hostile_work.DEADLY.decode() if index == place else f"Yes, {index}.") for index in range(3)]
    assert all(is_ordinary(raw) for raw in mails)
    custodies = [custody().model_copy(update={"mail_id": UUID(int=index)}) for index in range(3)]
    results = read_mails_sandboxed(mails, custodies)
    deadly = results.pop(place)
    assert isinstance(deadly, Rejection)
    assert deadly.evidence == {"problem": "The process that read it died (exit code 7)."}
    del mails[place], custodies[place]
    assert results == [read_mail(raw, its) for raw, its in zip(mails, custodies, strict=True)]


@pytest.mark.parametrize("odd", [SLOW, mail(body="--b\n" * 1_000), mail(body="\n" * 100_000)])
def test_odd_mails_do_not(odd: bytes) -> None:
    assert not is_ordinary(odd)


def test_a_mail_that_takes_too_long_is_held_and_the_next_is_read() -> None:
    rejection = read_mail_sandboxed(SLOW, custody(), replace(PATIENT, seconds=2))
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.evidence["limit"]) == (Reason.OVER_LIMIT, "seconds")
    assert isinstance(read_mail_sandboxed(LARGE, custody()), ParsedMail)


def test_a_mail_that_takes_too_much_cpu_time_is_held_and_the_next_is_read() -> None:
    for _ in range(2):  # the second round shows that CPU time is counted for each mail, not for the process
        rejection = read_mail_sandboxed(SLOW, custody(), replace(PATIENT, cpu=1, seconds=500))
        assert isinstance(rejection, Rejection)
        assert (rejection.reason, rejection.evidence["limit"]) == (Reason.OVER_LIMIT, "cpu")
        assert isinstance(read_mail_sandboxed(LARGE, custody()), ParsedMail)


def test_a_mail_that_takes_too_much_memory_is_held() -> None:
    huge = whole("mixed", text("See here."), file("plan.pdf", bytes(100_000_000), "application/pdf"))
    rejection = read_mail_sandboxed(
        huge, custody(), replace(PATIENT, mail=10**9, memory=500_000_000, seconds=500, cpu=50)
    )
    assert isinstance(rejection, Rejection)
    assert (rejection.reason, rejection.evidence["limit"]) == (Reason.OVER_LIMIT, "memory")


def test_a_process_that_cannot_start_leaves_the_mail_to_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    isolation.set_process_count(0)  # stops all running processes
    with monkeypatch.context() as context:
        context.setattr(sys, "executable", "/nowhere/python")
        with pytest.raises(TransientError):
            read_mail_sandboxed(LARGE, custody())
    assert isinstance(read_mail_sandboxed(LARGE, custody()), ParsedMail)


def reading_while(act: Callable[[psutil.Process], None]) -> ParsedMail | Rejection:
    """Reads a slow mail and does `act` to the process that reads it; returns the result."""
    read_mail_sandboxed(LARGE, custody())
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(read_mail_sandboxed, SLOW, custody(), PATIENT)
        for process in at_work():
            act(process)
        return reading.result(timeout=120)


def test_a_mail_over_which_its_process_dies_is_held_and_the_next_is_read() -> None:
    rejection = reading_while(psutil.Process.kill)
    assert isinstance(rejection, Rejection)
    assert rejection.reason is Reason.UNREADABLE
    assert rejection.evidence == {"problem": "The process that read it died (exit code -9)."}
    assert isinstance(read_mail_sandboxed(LARGE, custody()), ParsedMail)


@pytest.mark.parametrize("whose", [readers, fork_servers])
@pytest.mark.parametrize("pause", [0.0, 1.0], ids=["before it shows", "after it showed"])
def test_a_process_that_dies_with_nothing_to_do_keeps_no_mail_from_being_read(
    whose: Callable[[], list[psutil.Process]], pause: float
) -> None:
    assert isinstance(patiently(LARGE), ParsedMail)
    for _ in range(3):
        for process in whose():
            process.kill()
        time.sleep(pause)
        assert isinstance(patiently(LARGE), ParsedMail)
    assert len(fork_servers()) == 1


def patiently(raw: bytes) -> ParsedMail | Rejection:
    """Reads the mail and, like a stage, tries again after transient errors."""
    for _ in range(3):
        with suppress(TransientError):
            return read_mail_sandboxed(raw, custody())
    raise AssertionError("it does not pass by itself")


def test_a_mail_is_tried_again_when_its_process_was_stopped() -> None:
    with pytest.raises(TransientError):
        reading_while(psutil.Process.terminate)


def test_interrupting_the_group_does_not_end_the_reading() -> None:
    read_mail_sandboxed(LARGE, custody())
    before = fork_servers()
    for process in [*before, *readers()]:
        os.kill(process.pid, signal.SIGINT)
    assert isinstance(read_mail_sandboxed(LARGE, custody()), ParsedMail)
    assert fork_servers() == before
