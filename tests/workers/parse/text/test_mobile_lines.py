# ruff: noqa: RUF001  # the data is in many alphabets
"""The line "Sent from my ..." is cut, in any words; a person's sentence about a device stays."""

import pytest

from workers.parse.text.reply import extract, extract_html

LINES = (
    "Sent from my Kestrel 5 Pro",
    "Sent from my Marlin Note 3",
    "Sent from Carrier Pigeon<https://pigeon.example/get?c=2>",
    "Sent from Larkmail (https://larkmail.example/app)",
    "Sent via Finch <https://finch.example>",
    "Get BlueMail for Android",
    "Get TypeApp for iOS",
    "Sent from my tiny phone, so please excuse typing errors.",
    "Sent from my phone. Please excuse my brevity.",
    "Sent from my mobile - sorry for typos",
    "Please excuse any typos, sent from my phone.",
    "Typed on my phone. Forgive the spelling.",
    "Sent on the go",
    "Sent from a mobile device",
    "Sent from my iPad using Hub+",
    "Von meinem Kestrel 5 gesendet",
    "Gesendet von meinem Marlin Note 3",
    "Von unterwegs gesendet",
    "Von meinem Handy gesendet, bitte Tippfehler entschuldigen.",
    "Mobil gesendet. Tippfehler bitte verzeihen!",
    "Envoyé de mon Kestrel 5",
    "Envoyé de mon téléphone, veuillez excuser les fautes.",
    "Enviado desde mi celular, perdona los errores",
    "Enviado desde mi Kestrel 5",
    "Inviato dal mio telefono, scusate gli errori",
    "Inviato dal mio Kestrel 5",
    "Enviado do meu Kestrel 5",
    "Enviado do meu telemóvel, desculpe os erros.",
    "Verstuurd vanaf mijn Kestrel 5",
    "Verzonden vanaf mijn telefoon, excuses voor tikfouten.",
    "Wysłane z mojego Kestrel 5",
    "Wysłane z aplikacji Poczta dla systemu Windows",
    "Отправлено с моего Kestrel 5",
    "Отправлено с телефона, извините за опечатки",
    "Skickades från E-post för Windows",
    "Skickat från min telefon, ursäkta stavfel.",
    "Sendt fra min Kestrel 5",
    "Lähetetty puhelimesta",
    "Odesláno z mého Kestrel 5",
    "Windows için Posta ile gönderildi",
    "A Windows Posta alkalmazásából küldve",
    "Az Outlook beszerzése iOS-re",
    "Αποκτήστε το Outlook για iOS",
    "发自我的华为手机",
    "携帯から送信",
)
SENTENCES = (
    "Sent from my brother's iPhone on Monday",
    "I wrote it from my phone because the laptop is broken.",
    "Sent from my office is the second letter.",
    "Sent from Hamburg",
    "Sent from my phone because the laptop is broken.",
    "Von meinem Handy gesendet, weil der Rechner kaputt ist.",
    "Sent via DHL",
    "Sent with the neighbour",
    "Sent from my Berlin office on Tuesday.",
    "Sent from my desk",
    "I sent it from my iPhone, perhaps the picture is too large.",
    "Please excuse my brevity.",
    "Von meinem iPhone aus ging das Bild nicht, ich versuche es morgen.",
    "Von meinem Bruder gesendet",
    "Von unterwegs rufe ich an.",
    "Enviado desde mi oficina",
    "Envoyé de mon bureau hier soir",
    "Sorry for the spelling, the phone is new.",
    "My phone was sent from the shop, sorry for the errors in the form.",
    "Sent from my iPhone, he said, and he should know.",
    "Sent by post with the two keys",
    "Sent on 3 May",
)
QUOTE = "\n\nOn Tue, 3 Feb 2026 at 09:10, Desk <desk@housing.example> wrote:\n> Who pays?\n"


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_program_or_a_device_is_cut(line: str) -> None:
    for below in ("\n", QUOTE):
        assert extract(f"We pay.\n\n{line}{below}").text == "We pay."


@pytest.mark.parametrize("line", [line for line in LINES if "<" not in line])
def test_a_line_of_a_device_is_cut_in_html(line: str) -> None:
    assert extract_html(f"<div>We pay.</div><br><div>{line}</div>").text == "We pay."


@pytest.mark.parametrize("line", SENTENCES)
def test_a_sentence_about_a_device_or_a_place_stays(line: str) -> None:
    for below in ("\n", QUOTE):
        assert extract(f"We pay.\n\n{line}{below}").text == f"We pay.\n\n{line}"


@pytest.mark.parametrize(
    "apology", ["Please excuse typos.", "Bitte Tippfehler entschuldigen", "Sorry for the brevity!"]
)
def test_an_apology_below_the_line_of_a_device_is_cut(apology: str) -> None:
    assert extract(f"We pay.\n\nSent from my phone\n{apology}{QUOTE}").text == "We pay."
    assert extract(f"We pay.\n\n{apology}{QUOTE}").text == f"We pay.\n\n{apology}"


def test_two_lines_of_programs_are_cut() -> None:
    assert extract("We pay.\n\nSent from my Galaxy\nGet Outlook for Android\n").text == "We pay."
