"""Which mail no person wrote as an answer."""

from base64 import b64encode

import pytest

from schemas.marks import OWN_MAIL_FIELD
from schemas.reasons import Reason
from schemas.records import Machine
from tests.workers.parse.mails import FROM, HEAD, file, mail, multipart, part, read, text, whole, words

REPORT = part(
    "Content-Type: message/delivery-status", body="Reporting-MTA: dns; mx.x\n\nFinal-Recipient: rfc822; a@b.c\n"
)
ICS = "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n"


def report(kind: str) -> bytes:
    """A multipart/report of one type."""
    field, body = multipart("report", text("See below."), REPORT)
    return mail(f"{field}; report-type={kind}", body=body)


def calendar(*fields: str, method: str = "; method=REPLY") -> bytes:
    """A note with a calendar part."""
    field, body = multipart(
        "alternative", text("Accepted"), part(f"Content-Type: text/calendar{method}", *fields, body=ICS)
    )
    return mail(field, body=body)


MACHINES = (
    ("our own mail", mail(f"{OWN_MAIL_FIELD}: 1.abc"), Machine.OWN_MAIL),
    ("our own mail, automatic", mail(f"{OWN_MAIL_FIELD}: 1.abc", "Auto-Submitted: auto-generated"), Machine.OWN_MAIL),
    ("delivery report", report("delivery-status"), Machine.BOUNCE),
    ("delivery report, quoted type", report('"Delivery-Status"'), Machine.BOUNCE),
    ("read receipt", report("disposition-notification"), Machine.READ_RECEIPT),
    ("complaint", report("feedback-report"), Machine.COMPLAINT),
    ("vacation note", mail("Auto-Submitted: auto-replied"), Machine.AUTO_REPLY),
    ("vacation note with a parameter", mail('Auto-Submitted: auto-replied; owner="x"'), Machine.AUTO_REPLY),
    ("vacation note in capitals", mail("AUTO-SUBMITTED: Auto-Generated (rejected)"), Machine.AUTO_REPLY),
    ("bulk", mail("Precedence: bulk"), Machine.AUTO_REPLY),
    ("junk", mail("Precedence: JUNK"), Machine.AUTO_REPLY),
    ("auto_reply", mail("Precedence: auto_reply"), Machine.AUTO_REPLY),
    ("X-Autoreply", mail("X-Autoreply: yes"), Machine.AUTO_REPLY),
    ("X-Autorespond", mail("X-Autorespond: Re: Case 1"), Machine.AUTO_REPLY),
    (
        "Outlook's out of office",
        mail("X-Auto-Response-Suppress: All", head=(FROM, "Subject: Automatic reply: Case 1")),
        Machine.AUTO_REPLY,
    ),
    (
        "Outlook's out of office in German",
        mail("X-Auto-Response-Suppress: All", head=(FROM, "Subject: Automatische Antwort: Fall 1")),
        Machine.AUTO_REPLY,
    ),
    ("mailing list", mail("List-Id: Team <team.x.example>"), Machine.LIST_MAIL),
    ("mailing list by precedence", mail("Precedence: list"), Machine.LIST_MAIL),
    ("calendar answer", calendar(), Machine.CALENDAR),
    ("calendar answer without a method parameter", calendar(method=""), Machine.CALENDAR),
    ("PGP", mail(multipart("encrypted", text("Version: 1"))[0], body=b"x"), Machine.ENCRYPTED),
    ("S/MIME", mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", body="x"), Machine.ENCRYPTED),
    ("S/MIME, old type", mail("Content-Type: application/x-pkcs7-mime; name=smime.p7m", body="x"), Machine.ENCRYPTED),
    ("PGP in the text", mail(body="-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----"), Machine.ENCRYPTED),
)

PEOPLE = (
    ("a plain answer", mail()),
    ("a subject like an automatic reply", mail(head=(FROM, "Subject: Out of office keys"))),
    ("Outlook's field in a person's mail", mail("X-Auto-Response-Suppress: OOF, AutoReply")),
    (
        "Outlook's field, and a subject that only mentions one",
        mail("X-Auto-Response-Suppress: DR", head=(FROM, "Subject: Re: Automatic reply")),
    ),
    ("Auto-Submitted: no", mail("Auto-Submitted: no")),
    ("Auto-Submitted: no with a comment", mail("Auto-Submitted: no (person)")),
    ("X-Autoreply: no", mail("X-Autoreply: no")),
    ("normal precedence", mail("Precedence: first-class")),
    ("an unsubscribe field", mail("List-Unsubscribe: <https://x.example>")),
    ("a calendar file", calendar("Content-Disposition: attachment; filename=a.ics")),
    ("an invitation", calendar(method="; method=REQUEST")),
    (
        "a forwarded delivery report",
        whole("mixed", text("Look"), REPORT),
    ),
    ("signed mail", mail("Content-Type: multipart/signed; protocol=x; boundary=b", body="--b\n\nYes.\n--b--")),
    ("PGP mentioned", mail(body="What is this?\n-----BEGIN PGP MESSAGE-----")),
)


@pytest.mark.parametrize(("name", "raw", "machine"), MACHINES, ids=[row[0] for row in MACHINES])
def test_machine_mail_is_known_with_its_evidence(name: str, raw: bytes, machine: Machine) -> None:
    result = read(raw)
    assert result.machine is machine
    assert result.machine_evidence


@pytest.mark.parametrize(("name", "raw"), PEOPLE, ids=[row[0] for row in PEOPLE])
def test_mail_from_a_person_is_no_machine_mail(name: str, raw: bytes) -> None:
    result = read(raw)
    assert (result.machine, result.machine_evidence) == (None, "")


NULL_SENDERS = (
    ("nothing else", mail(), Machine.AUTO_REPLY),
    ("an empty Return-Path", mail("Return-Path: <>"), Machine.AUTO_REPLY),
    ("a mail server as author", mail(head=("From: MAILER-DAEMON@mx.x.example", *HEAD[1:])), Machine.BOUNCE),
    ("X-Failed-Recipients", mail("X-Failed-Recipients: a@b.c"), Machine.BOUNCE),
    ("a part with a status", whole("mixed", REPORT), Machine.BOUNCE),
    ("a vacation note", mail("Auto-Submitted: auto-replied"), Machine.AUTO_REPLY),
    ("a Return-Path that names somebody", mail("Return-Path: <a@x.example>"), None),
)


@pytest.mark.parametrize(("name", "raw", "machine"), NULL_SENDERS, ids=[row[0] for row in NULL_SENDERS])
def test_a_null_return_path_is_a_machine(name: str, raw: bytes, machine: Machine | None) -> None:
    assert read(raw, sender="").machine is machine


def test_every_machine_kind_is_a_reason() -> None:
    assert {kind.value for kind in Machine} <= {reason.value for reason in Reason}


def test_an_encrypted_part_next_to_words_is_a_file() -> None:
    result = read(whole("mixed", text("Yes."), file("a.p7m", b64encode(b"x"), "application/pkcs7-mime")))
    assert (words(result), result.machine, len(result.attachments)) == ("Yes.", None, 1)
