"""Reactions of Gmail, Outlook and Apple are known; a person's words beside or about them stay."""

import pytest

from schemas.records import AutomaticMail
from tests.builders.small_mails import FROM, HEAD, mail, part, read, text, whole, words

JSON = "Content-Type: text/vnd.google.email-reaction+json; charset=utf-8"
QUOTE = "On Fri, 3 May 2024 at 10:00, Desk <r-1@in.example> wrote:\n\n> The surveyor comes on Friday.\n"


def gmail(note: str, emoji: str = '{"emoji": "👍", "version": 1}', *fields: str) -> bytes:
    shown = f"<div>{note}</div>"
    return whole("alternative", text(note), part(JSON, *fields, body=emoji), text(shown, "html"))


NOTES = (
    *("👍\n\nAnna Smith reacted via Gmail", f"👍\n\nAnna Smith reacted via Gmail\n\n{QUOTE}", "👍"),
    "👍\n\nAnna Smith hat über Gmail reagiert\n<https://www.google.com/gmail/about/?utm_source=gmail-in-product>",
    *(
        "Anna Smith a réagi via Gmail",
        "Anna Smith ha reaccionado a través de Gmail",
        "Anna さんが Gmail でリアクションしました",
    ),
)


@pytest.mark.parametrize("note", NOTES)
def test_a_reaction_of_gmail_is_known_and_its_words_are_the_emoji(note: str) -> None:
    result = read(gmail(note))
    assert (result.machine, words(result)) == (AutomaticMail.REACTION, "👍")


def test_a_reaction_of_gmail_alone_is_never_its_source() -> None:
    result = read(mail(JSON, "Content-Transfer-Encoding: 8bit", body='{"emoji": "❤️", "version": 1}'))
    assert (result.machine, words(result)) == (AutomaticMail.REACTION, "❤️")


@pytest.mark.parametrize(
    "raw",
    [
        gmail("👍 Anna reacted via Gmail. And please bring the long ladder, the short one is too short." + " So." * 20),
        gmail("Yes, do it. I will be at home."),
        gmail("Friday is fine.", '{"emoji": "Friday", "version": 1}'),
        gmail("Friday is fine.", "{"),
        gmail("Friday is fine.", "[" * 900),
        gmail("Friday is fine.", '["👍"]'),
        gmail("Friday is fine.", '{"emoji": 5}'),
        gmail("Friday is fine.", '{"emoji": "👍"}', "Content-Disposition: attachment; filename=r.json"),
    ],
)
def test_a_persons_words_beside_the_part_stay(raw: bytes) -> None:
    result = read(raw)
    assert result.machine is None
    assert len(words(result)) > 10


SENTENCES = (
    *("Anna Smith reacted to your message:", "Smith, Anna reacted to your message", "anna reacted to your email."),
    *("Anna Smith hat auf Ihre Nachricht reagiert:", "Anna Smith a réagi à votre message :"),
    *("Anna Smith ha reaccionado a tu mensaje:", "Anna Smith ha reagito al tuo messaggio:"),
    *("Anna Smith heeft gereageerd op uw bericht:", "Anna Smith reagerade på ditt meddelande:"),
    *("Anna Smith zareagował(a) na Twoją wiadomość:", "Anna Smith さんがあなたのメッセージにリアクションしました:"),
    *("Anna Smith reacted to your message:\n\n[Like]", "Anna Smith reacted to your message:\n❤"),
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_reaction_of_outlook_is_known(sentence: str) -> None:
    below = "________________________________\nFrom: Desk <r-1@in.example>\nSent: Friday, May 3, 2024 10:00 AM\n"
    below += "To: Anna Smith <anna@x.example>\nSubject: Case 1\n\nThe surveyor comes on Friday.\n"
    for raw in (mail(body=sentence), mail(body=f"{sentence}\n{below}")):
        assert read(raw).machine is AutomaticMail.REACTION


@pytest.mark.parametrize(
    "said",
    [
        *("Bob Jones reacted to your message:", "My landlord reacted to your message: he was furious."),
        *(
            "Anna Smith reacted to your message:\nFriday is fine.",
            "He reacted to your message.",
            "reacted to your message",
        ),
        "Anna Smith reacted to your message:\n[Like]\nBut bring the ladder.",
    ],
)
def test_a_person_who_writes_of_a_reaction_stays_a_person(said: str) -> None:
    result = read(mail(body=said))
    assert (result.machine, words(result)) == (None, said)


@pytest.mark.parametrize(
    "said",
    [
        *("Liked “The surveyor comes on Friday.”", "Loved “The surveyor comes on Friday.”", "Laughed at “A”"),
        *("Emphasized “Is anybody at home?”", "Reacted 🎉 to “See you”", "Gefällt „Der Gutachter kommt.“"),
    ],
)
def test_a_tapback_of_a_phone_is_known_without_a_subject_only(said: str) -> None:
    assert read(mail(head=(FROM, *HEAD[1:2]), body=said)).machine is AutomaticMail.REACTION
    assert read(mail(head=(FROM, *HEAD[1:2], "Subject: "), body=said)).machine is AutomaticMail.REACTION
    assert read(mail(body=said)).machine is None
    assert read(mail(head=(FROM,), body=f"{said} but not the date")).machine is None
