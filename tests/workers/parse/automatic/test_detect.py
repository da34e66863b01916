"""Automatic mail is detected, and mail from people is not mistaken for it."""

from base64 import b64encode

import pytest

from schemas.own_mail import OWN_MAIL_FIELD
from schemas.reasons import Reason
from schemas.records import AutomaticMail
from tests.builders.small_mails import FROM, HEAD, file, mail, multipart, part, read, text, whole, words
from tests.mails.automatic_mails import ARMOR, MACHINES, REPORT, calendar
from workers.parse.automatic.bounce_signs import SUBJECTS as BOUNCE_SUBJECTS
from workers.parse.automatic.signs import AUTO_SUBJECTS

SIGNED = (
    "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n"
    "-----BEGIN PGP SIGNATURE-----\nx\n-----END PGP SIGNATURE-----"
)
ENCRYPTED = mail(multipart("encrypted", text("Version: 1"))[0], body=b"x")

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
    ("a subject like a delivery report", mail(head=(FROM, "Subject: Delivery failure at our warehouse"))),
    ("a question about a report", mail(head=("From: postmaster@x.example", "Subject: Re: Undelivered Mail"))),
    ("a person who runs a mail server", mail(head=("From: postmaster@x.example", "Subject: Re: Case 1"))),
    (
        "a report that a person sends on",
        whole("mixed", text("What is this?"), file("r", b"x", "message/delivery-status")),
    ),
    ("X-Loop in a person's mail", mail("X-Loop: team@x.example")),
    ("a person at a robot's address", mail(head=("From: noreply@x.example", "Subject: Re: Case 1"))),
    ("a mail program that has the word in its name", mail("X-Mailer: VacationRental Mail 2")),
    ("a rule of Exchange that sent a person's mail on", mail("X-MS-Exchange-Inbox-Rules-Loop: anna@x.example")),
    ("a server that says false", mail("X-FC-MachineGenerated: false")),
    *((f"{subject} as the subject alone", mail(head=(FROM, f"Subject: {subject}"))) for subject in AUTO_SUBJECTS),
    *((f"{subject} as the subject alone", mail(head=(FROM, f"Subject: {subject}"))) for subject in BOUNCE_SUBJECTS),
    ("signed PGP in the text", mail(body=SIGNED)),
    ("PGP quoted", mail(body="I can't read this.\n\n> " + ARMOR.replace("\n", "\n> "))),
    ("an encrypted mail attached", whole("mixed", text("See."), part("Content-Type: message/rfc822", body=ENCRYPTED))),
    ("a calendar file", calendar("Content-Disposition: attachment; filename=a.ics")),
    (
        "a forwarded delivery report",
        whole("mixed", text("Look"), REPORT),
    ),
    ("signed mail", mail("Content-Type: multipart/signed; protocol=x; boundary=b", body="--b\n\nYes.\n--b--")),
    ("PGP mentioned", mail(body="What is this?\n-----BEGIN PGP MESSAGE-----")),
)


@pytest.mark.parametrize(("name", "raw", "machine"), MACHINES, ids=[row[0] for row in MACHINES])
def test_machine_mail_is_known_with_its_evidence(name: str, raw: bytes, machine: AutomaticMail) -> None:
    result = read(raw)
    assert result.machine is machine
    assert result.machine_evidence


@pytest.mark.parametrize(("name", "raw"), PEOPLE, ids=[row[0] for row in PEOPLE])
def test_mail_from_a_person_is_no_machine_mail(name: str, raw: bytes) -> None:
    result = read(raw)
    assert (result.machine, result.machine_evidence) == (None, "")


NULL_SENDERS = (
    ("nothing else", mail(), AutomaticMail.MAYBE_AUTOMATIC),
    ("an empty Return-Path", mail("Return-Path: <>"), AutomaticMail.MAYBE_AUTOMATIC),
    ("a mail server as author", mail(head=("From: MAILER-DAEMON@mx.x.example", *HEAD[1:])), AutomaticMail.BOUNCE),
    ("X-Failed-Recipients", mail("X-Failed-Recipients: a@b.c"), AutomaticMail.BOUNCE),
    ("a part with a status", whole("mixed", REPORT), AutomaticMail.BOUNCE),
    ("a vacation note", mail("Auto-Submitted: auto-replied"), AutomaticMail.AUTO_REPLY),
    ("a Return-Path that names somebody", mail("Return-Path: <a@x.example>"), None),
)


@pytest.mark.parametrize(("name", "raw", "machine"), NULL_SENDERS, ids=[row[0] for row in NULL_SENDERS])
def test_a_null_return_path_is_a_sign_but_no_proof(name: str, raw: bytes, machine: AutomaticMail | None) -> None:
    assert read(raw, sender="").machine is machine


def test_automatic_subjects_of_25_languages_are_known() -> None:
    assert len({subject.split()[0] for subject in AUTO_SUBJECTS}) >= 25


@pytest.mark.parametrize("value", ["1.abc", "notice", "notice.0.a", "x" * 1000])
def test_a_field_that_claims_to_be_ours_makes_no_machine_mail_here(value: str) -> None:
    result = read(mail(f"{OWN_MAIL_FIELD}: {value}"))
    assert (result.machine, result.own_mark) == (None, value[:300])
    assert read(mail(f"{OWN_MAIL_FIELD}: {value}", "Auto-Submitted: auto-replied")).machine is AutomaticMail.AUTO_REPLY


def test_every_machine_kind_is_a_reason() -> None:
    assert {kind.value for kind in AutomaticMail} <= {reason.value for reason in Reason}


def test_an_encrypted_part_next_to_words_is_a_file() -> None:
    result = read(whole("mixed", text("Yes."), file("a.p7m", b64encode(b"x"), "application/pkcs7-mime")))
    assert (words(result), result.machine, len(result.attachments)) == ("Yes.", None, 1)
