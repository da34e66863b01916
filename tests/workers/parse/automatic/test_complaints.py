"""Complaints of feedback loops are known, also those without a report; people who write about them stay people."""

import json

import pytest

from schemas.records import AutomaticMail
from tests.builders.small_mails import HEAD, file, mail, multipart, part, read, text

ENCLOSED = part("Content-Type: message/rfc822", body="From: r-1@in.example\nTo: bob@x.example\n\nNews.")
HOTMAIL = part(
    "Content-Type: message/rfc822",
    body="X-HmXmrOriginalRecipient: bob@x.example\nFrom: r-1@in.example\nTo: bob@x.example\n\nNews.",
)
REPORT = part("Content-Type: message/feedback-report", body="Feedback-Type: abuse\nUser-Agent: x/1\nVersion: 0.1\n")


def from_(sender: str, subject: str, *parts: bytes) -> bytes:
    field, body = multipart("mixed", *parts)
    return mail(field, head=(f"From: {sender}", *HEAD[1:2], f"Subject: {subject}"), body=body)


SES = {"notificationType": "Complaint", "complaint": {"complainedRecipients": []}, "mail": {"messageId": "1"}}

COMPLAINTS = (
    ("Hotmail", from_("staff@hotmail.com", "complaint about message from 192.0.2.1", HOTMAIL)),
    ("Hotmail, sent on", from_("abuse@esp.example", "FW: x", text(""), HOTMAIL)),
    ("Hotmail, with words", from_("staff@hotmail.com", "complaint", text("A user says so."), HOTMAIL)),
    ("AOL", from_("scomp@aol.net", "Email Feedback Report for IP 192.0.2.1", text("This is a report."), ENCLOSED)),
    ("AOL, old", from_("scomp@aol.com", "Client TOS Notification", ENCLOSED)),
    (
        "Yahoo without a report",
        from_("feedback@arf.mail.yahoo.com", "FW: Case 1", text("This is a report."), REPORT, ENCLOSED),
    ),
    ("a part alone", from_("x@y.example", "x", REPORT, ENCLOSED)),
    ("a loop's domain", from_("staff@fbl.example", "Report about a message from 192.0.2.1", ENCLOSED)),
    ("a loop's name", from_("fbl-noreply@x.example", "x", text("Feedback-Type: abuse\nVersion: 1\n"), ENCLOSED)),
    ("a loop's name within", from_("mail.ru-fbl@x.example", "FBL: 1", text("See below."), ENCLOSED)),
    ("Amazon", mail(body=json.dumps(SES))),
    ("Amazon, wrapped", mail(body=json.dumps({"Type": "Notification", "Message": json.dumps(SES)}))),
)

PEOPLE = (
    ("a complaint of a person", mail(head=("From: Ann <a@x.example>", "Subject: Complaint about message from you"))),
    ("a forwarded complaint", from_("Ann <a@x.example>", "Fwd: complaint", text("What is this?"), HOTMAIL)),
    ("a report attached", from_("Ann <a@x.example>", "x", text("See."), file("r", b"x", "message/feedback-report"))),
    ("a name that has the letters", mail(head=("From: carf@x.example", "Subject: Re: Case 1"))),
    ("a field in a text", from_("Ann <a@x.example>", "x", text("Feedback-Type: what is it?"), file("a.pdf", b"x"))),
)


@pytest.mark.parametrize(("name", "raw"), COMPLAINTS, ids=[row[0] for row in COMPLAINTS])
def test_a_complaint_is_known(name: str, raw: bytes) -> None:
    assert read(raw).machine is AutomaticMail.COMPLAINT


@pytest.mark.parametrize(("name", "raw"), PEOPLE, ids=[row[0] for row in PEOPLE])
def test_a_person_who_complains_or_asks_stays_a_person(name: str, raw: bytes) -> None:
    assert read(raw).machine is None
