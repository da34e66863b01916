"""Invitations, their answers, and vCards alone are known; their source is never the text, and words stay."""

import pytest

from schemas.records import AutomaticMail
from tests.builders.small_mails import file, mail, part, read, text, whole, words

METHODS = ("REQUEST", "CANCEL", "REPLY", "COUNTER", "ADD", "PUBLISH", "DECLINECOUNTER", "REFRESH")
CARD = "BEGIN:VCARD\nVERSION:3.0\nFN:Anna\nEND:VCARD\n"
ATTACHED = "Content-Disposition: attachment; filename=invite.ics"


def ics(method: str) -> str:
    return f"BEGIN:VCALENDAR\nMETHOD:{method}\nBEGIN:VEVENT\nSUMMARY:Roof\nEND:VEVENT\nEND:VCALENDAR\n"


def calendar(method: str, *fields: str, kind: str = "text/calendar", named: bool = True) -> bytes:
    parameter = f"; method={method}" if named else ""
    return part(f"Content-Type: {kind}; charset=utf-8{parameter}", *fields, body=ics(method))


PLACES = {
    "root": lambda method: mail(f"Content-Type: text/calendar; method={method}", body=ics(method)),
    "root without a parameter": lambda method: mail("Content-Type: text/calendar", body=ics(method)),
    "mixed alone": lambda method: whole("mixed", calendar(method)),
    "alternative": lambda method: whole("alternative", text("The roof"), calendar(method)),
    "alternative with HTML": lambda method: whole(
        "alternative", text("The roof"), text("<p>The roof</p>", "html"), calendar(method, named=False)
    ),
    "application/ics alone": lambda method: whole("mixed", calendar(method, ATTACHED, kind="application/ics")),
    "a file of an unknown type": lambda method: whole(
        "mixed", text(""), file("invite.ics", ics(method).encode(), "application/octet-stream")
    ),
    "beside an empty text": lambda method: whole("mixed", text("\n"), calendar(method, ATTACHED)),
    "twice, without words": lambda method: whole(
        "mixed", text(""), calendar(method), calendar(method, ATTACHED, kind="application/ics")
    ),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", PLACES)
def test_an_invitation_or_its_answer_is_known_and_its_source_is_no_text(place: str, method: str) -> None:
    result = read(PLACES[place](method))
    assert result.machine is AutomaticMail.CALENDAR
    assert method in result.machine_evidence
    assert "VCALENDAR" not in words(result)


@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_an_answer_keeps_the_words_of_the_person(method: str) -> None:
    result = read(whole("mixed", text("Gladly, but at ten."), calendar(method)))
    assert (result.machine, words(result)) == (AutomaticMail.CALENDAR, "Gladly, but at ten.")


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "PUBLISH"])
@pytest.mark.parametrize("fields", [(), (ATTACHED,)])
def test_beside_a_persons_words_an_appointment_is_a_file(method: str, fields: tuple[str, ...]) -> None:
    result = read(whole("mixed", text("Friday is fine, see the file."), calendar(method, *fields)))
    assert (result.machine, words(result)) == (None, "Friday is fine, see the file.")
    assert len(result.attachments) == 1


def test_an_appointment_beside_another_file_is_no_calendar_mail() -> None:
    result = read(whole("mixed", calendar("PUBLISH", ATTACHED), file("plan.pdf", b"x")))
    assert (result.machine, len(result.attachments)) == (None, 2)


@pytest.mark.parametrize("kind", ["text/vcard", "text/x-vcard", "text/directory"])
def test_a_mail_that_is_only_a_card_is_known_and_its_source_is_no_text(kind: str) -> None:
    for raw in (
        mail(f"Content-Type: {kind}", body=CARD),
        whole("mixed", part(f"Content-Type: {kind}; name=anna.vcf", body=CARD)),
        whole("mixed", text(" "), part(f"Content-Type: {kind}", "Content-Disposition: attachment", body=CARD)),
    ):
        result = read(raw)
        assert (result.machine, words(result)) == (AutomaticMail.CALENDAR, "")


def test_a_card_beside_words_is_a_file() -> None:
    result = read(whole("mixed", text("Here is my card."), part("Content-Type: text/vcard; name=a.vcf", body=CARD)))
    assert (result.machine, words(result), len(result.attachments)) == (None, "Here is my card.", 1)
