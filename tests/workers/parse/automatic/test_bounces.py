"""Delivery reports in words alone are known, with the address that failed; people who write about them stay people."""

import json

import pytest

from schemas.records import AutomaticMail
from tests.builders.small_mails import HEAD, mail, multipart, part, read, text, whole, words
from tests.mails.worded_reports import PEOPLE, REPORTS


@pytest.mark.parametrize(("name", "raw"), REPORTS, ids=[row[0] for row in REPORTS])
def test_a_report_in_words_is_known_and_names_the_address(name: str, raw: bytes) -> None:
    result = read(raw)
    assert result.machine is AutomaticMail.BOUNCE
    assert result.report is not None
    assert [failure.address for failure in result.report.failures] == ["bob@x.example"]


@pytest.mark.parametrize(("name", "raw"), PEOPLE, ids=[row[0] for row in PEOPLE])
def test_a_person_who_writes_about_a_report_stays_a_person(name: str, raw: bytes) -> None:
    result = read(raw)
    assert result.machine is None
    assert words(result)


def test_a_report_without_its_type_is_a_report() -> None:
    copy = part("Content-Type: message/rfc822", body="From: r-1@in.example\nTo: bob@x.example\n\nNews.")
    result = read(whole("report", text("It could not be handed over."), copy))
    assert result.machine is AutomaticMail.BOUNCE
    assert result.report is not None
    assert result.report.failures[0].address == "bob@x.example"


def test_a_report_of_another_type_is_automatic() -> None:
    field, body = multipart("report", text("See below."), part("Content-Type: application/tlsrpt+gzip", body="x"))
    assert read(mail(f"{field}; report-type=tlsrpt", body=body)).machine is AutomaticMail.AUTO_REPLY


def test_a_persons_mail_from_an_exchange_group_stays_readable_though_it_names_a_code() -> None:
    result = read(mail(body="We got 550 5.7.1 from bob@x.example today."), sender="")
    assert result.machine is AutomaticMail.MAYBE_AUTOMATIC


BOUNCED = {
    "notificationType": "Bounce",
    "bounce": {
        "bounceType": "Permanent",
        "bouncedRecipients": [
            {"emailAddress": "bob@x.example", "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}
        ],
    },
    "mail": {"messageId": "1"},
}


def sns(content: str) -> bytes:
    return mail(head=("From: AWS Notifications <no-reply@sns.amazonaws.com>", *HEAD[1:2]), body=content)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(BOUNCED),
        json.dumps(BOUNCED, indent=2),
        json.dumps({"Type": "Notification", "Message": json.dumps(BOUNCED)}),
        json.dumps(BOUNCED) + "\n\n--\nIf you wish to stop receiving notifications, visit https://sns.example",
        json.dumps(BOUNCED | {"notificationType": None, "eventType": "Bounce"}),
    ],
)
def test_a_bounce_notification_of_amazon_names_the_address(content: str) -> None:
    result = read(sns(content))
    assert result.machine is AutomaticMail.BOUNCE
    assert result.report is not None
    (failure,) = result.report.failures
    assert (failure.address, failure.permanent, failure.words) == ("bob@x.example", True, "550 5.1.1 user unknown")


def test_a_delivery_notification_of_amazon_has_no_failure() -> None:
    result = read(sns(json.dumps({"notificationType": "Delivery", "delivery": {}, "mail": {}})))
    assert (result.machine, result.report and result.report.failures) == (AutomaticMail.BOUNCE, ())


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "{}",
        "[" * 5000,
        '{"notificationType": "Bounce"}',
        '{"notificationType": ["Bounce"], "mail": {}}',
        '{"a":' * 5000,
        '{"Message": "{"}',
        'Here is it:\n{"notificationType": "Bounce", "mail": {}}',
    ],
)
def test_other_json_is_no_notification(content: str) -> None:
    assert read(mail(body=content)).machine is None


def test_a_notification_with_odd_values_names_nobody() -> None:
    odd = {"notificationType": "Bounce", "bounce": {"bouncedRecipients": [7, {"emailAddress": None}]}, "mail": {}}
    result = read(sns(json.dumps(odd)))
    assert result.machine is AutomaticMail.BOUNCE
