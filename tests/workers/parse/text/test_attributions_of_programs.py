# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Attributions that single programs write: "you wrote", "Quoting", the names of time zones, a writer and a recipient."""

import pytest

from workers.parse.text.reply import extract, extract_html

OWN = "Thank you.\n\nI will be there."
BARE = "May we come?\n\nPlease tell us.\n"

#: The Bat! speaks to the writer.
TO_WRITER = (
    "Thursday, March 5, 2026, 8:30:11 AM, you wrote:",
    "On Thursday, March 5, 2026, 8:30:11 AM, you wrote:",
    "Thursday, 5 March 2026, 08:30, you wrote:",
    "am Donnerstag, 5. März 2026 um 08:30 schrieben Sie:",
    "Am 05.03.2026 um 08:30 schrieben Sie:",
    "Вы писали 5 марта 2026 г., 8:30:11:",
    "5 марта 2026 г., 8:30:11, Вы писали:",
    "Ви писали 5 березня 2026 р., 8:30:11:",
    "Le jeudi 5 mars 2026 à 08:30:11, vous écriviez :",
    "El jueves, 5 de marzo de 2026, 8:30:11, usted escribió:",
    "Em quinta-feira, 5 de março de 2026, 08:30:11, você escreveu:",
    "Op donderdag 5 maart 2026 om 08:30 schreef u:",
    "Den 5 mars 2026 kl. 08:30 skrev du:",
    "Вие писахте 5 март 2026 г., 8:30:",
)
#: Horde, with an address and without a date.
QUOTING = (
    "Quoting Help Desk <help@x.example>:",
    "Zitat von Amt am Hafen <help@x.example>:",
    "Citeren Balie van de haven <help@x.example>:",
    "Cytowanie Biuro Portu <help@x.example>:",
    "Quota Ufficio del porto <help@x.example>:",
    "Citando Escritório do Porto <help@x.example>:",
    "Цитирую Канцелярия порта <help@x.example>:",
    "Цитую Канцелярія порту <help@x.example>:",
    "Citerar Kontoret vid hamnen <help@x.example>:",
    "Lainaus Sataman toimisto <help@x.example>:",
    "Cituji Kancelář <help@x.example>:",
    "Zitat von help@x.example:",
)
#: KMail and Yahoo, with the full name of a zone and in several lines.
DATED = (
    "On Thursday, 5 March 2026 08:30:11 Central European Standard Time Advocaten aan de Haven (Office) wrote:",
    "On Thursday, 5 March 2026 08:30:11 Central European Standard Time\nAdvocaten aan de Haven (Office) wrote:",
    "On Thursday, 5 March 2026 08:30:11 Eastern Daylight Time Help Desk wrote:",
    "On Thursday, 5 March 2026 08:30:11 W. Europe Standard Time Amt am Hafen wrote:",
    "On Thursday, 5 March 2026 08:30:11 British Summer Time\nThe Desk of the Harbour wrote:",
    "En jueves, 5 de marzo de 2026, 08:30:11 CET, Oficina del Puerto (Avisos) <help@x.example> escribió:",
    "En jueves, 5 de marzo de 2026, 08:30:11 CET,\nOficina del Puerto (Avisos) <help@x.example> escribió:",
    "På torsdag 5 mars 2026 klockan 08:30 skrev Kontoret (Ärenden) <help@x.example>:",
)


@pytest.mark.parametrize("line", [*TO_WRITER, *QUOTING, *DATED])
@pytest.mark.parametrize("sign", ["> ", "HL> "])
def test_the_attribution_of_a_program_is_cut_with_its_quote(line: str, sign: str) -> None:
    quote = f"{sign}May we come?\n{sign.rstrip()}\n{sign}Please tell us.\n"
    for gap in ("\n", "\n\n"):
        assert extract(f"{OWN}\n\n{line}{gap}{quote}").text == OWN
        assert extract(f"{line}{gap}{quote}\n{OWN}").text == OWN


@pytest.mark.parametrize(
    "line",
    [
        "On Monday you wrote:",
        "In your letter of 3 May 2026 you wrote:",
        "I think that on 3 May 2026 at 10:00 you wrote:",
        "On 3 May 2026 at 10:00 in the office you wrote:",
        "Am Montag schrieben Sie:",
        "Sie sagten es am 3. Mai um 10:00, und dann schrieben Sie:",
        "Le 3 mai à 10:00 chez vous, vous écriviez :",
        "Citando la ley:",
        "Quota 100:",
        "Zitat von Goethe:",
    ],
)
def test_a_sentence_with_the_same_words_stays_above_a_quote(line: str) -> None:
    text = f"Hello,\n\n{line}\n> May we come?\n\nIs that still so?"
    assert extract(text).text == text


GROUPWISE = (
    ">>> Help Desk <help@x.example> 3/5/2026 8:30 AM >>>",
    ">>> Help Desk <help@x.example> 05.03.26 08:30 >>>",
    ">>> Amt am Hafen <help@x.example> Donnerstag, 5. März 2026 08:30 >>>".replace("Donnerstag, ", ""),
    "Help Desk <help@x.example> 05.03.26 08:30 >>>",
    ">>> Help Desk of the Northern Harbour (Office) <help@x.example>\n05.03.26 08:30 >>>",
    ">>>\u00a0Help\u00a0Desk\u00a0<help@x.example>\u00a005.03.26\u00a008:30\u00a0>>>",
)
POLYMAIL = (
    "Help Desk <help@x.example>\nTo: ann@y.example",
    "Amt am Hafen (Fälle) <help@x.example>\nAn: ann@y.example",
    "Accueil <help@x.example>\nÀ : Ann Other <ann@y.example>",
    "Oficina <help@x.example>\nPara: ann@y.example",
    "Biuro <help@x.example>\nDo: ann@y.example",
)
YAHOO = (
    "  On\u00a0Thu,\u00a0Mar\u00a05,\u00a02026\u00a0at\u00a08:30\u00a0AM,\u00a0Desk<help@x.example>\u00a0wrote:\u00a0\u00a0May\u00a0we?",
)


@pytest.mark.parametrize("line", [*GROUPWISE, *POLYMAIL, *YAHOO])
def test_text_without_signs_is_quoted_to_the_end(line: str) -> None:
    assert extract(f"{OWN}\n\n{line}\n\n{BARE}").text == OWN


def test_the_date_and_address_of_tuta_are_an_attribution_without_a_mark() -> None:
    for line in ("Mar 5, 2026, 08:30 by help@x.example:", "5. März 2026, 08:30 von help@x.example:"):
        assert extract(f"{OWN}\n\n{line}\n\n{BARE}").text == OWN
        assert extract_html(f"<div>Yes.</div><div><br></div><div>{line}<br></div><div><br>{BARE}</div>").text == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        "These may come:\n\nBo Clerk <bo@x.example>\nTo: the office\n\nGreetings",
        "Ask them:\nBo Clerk <bo@x.example>\nTo: ann@y.example\n\nGreetings",
        "Ask them:\n\nBo Clerk <bo@x.example>\nTo: ann@y.example\n\nGreetings",
        "Ask them:\n\nBo Clerk <bo@x.example>\nCy Hall <cy@x.example>\n\nGreetings",
        "Bo Clerk <bo@x.example>\nTo: ann@y.example\n\nis what it says.",
        "a >>> b >>>\n\n8:30 >>>\n\nis this code?",
    ],
)
def test_a_list_of_people_stays(text: str) -> None:
    assert extract(text).text == text


#: Attributions of Zoho and of Yahoo on phones that a program broke in two lines.
BROKEN_IN_TWO = (
    "---- On Tue, 01 Dec 2026 14:08:33 +0100 Studio Legale\nPorto <pratiche@x.example> wrote ---",
    "---- On Wed, 02 Dec 2026 14:45:33 +0100 Havnens Advokater\n(Desk) <help@x.example> wrote ---",
    "---- On Mon, 23 Nov 2026 09:12:33 +0100\nHelp Desk <help@x.example> wrote ----",
    "---- On Mon, 23 Nov 2026 09:12:33 +0100 Help Desk\n<help@x.example> wrote ---",
    "---- Le lun., 23 nov. 2026 09:12:33 +0100 Help\nDesk <help@x.example> a écrit ---",
    "---- Am Mo., 23 Nov. 2026 09:12:33 +0100 schrieb\nHelp Desk <help@x.example> ---",
    "  On Sun, Nov 29, 2026 at 12:54 PM, Advocaten aan de\nHaven<dossier@x.example> wrote:   Neemt u het",
    "  On Sun, Nov 29, 2026 at 12:54 PM, Help\nDesk<help@x.example> wrote:  May we come?",
    "  On Mon, Nov 23, 2026 at 9:12 AM, Help Desk\n(Office)<help@x.example> wrote:   May we",
    "  Am So., Nov. 29, 2026 um 12:54 schrieb Help\nDesk<help@x.example>:   Dürfen wir",
    "  El dom., nov. 29, 2026 a las 12:54, Help\nDesk<help@x.example> escribió:   ¿Podemos",
)


@pytest.mark.parametrize("line", BROKEN_IN_TWO)
def test_an_attribution_that_a_program_broke_in_two_lines_is_cut_with_its_text(line: str) -> None:
    assert extract(f"{OWN}\n\n{line}\n\n{BARE}").text == OWN


@pytest.mark.parametrize(
    "text",
    [
        "We measured it:\n--- 12 and 14 ---\n\nIs that right?",
        "I saw the note on Monday\nat 10:20 and it said:  May we come?\n\nWho wrote it?",
        "On Tuesday I paid\nand got a receipt:  number 12\n\nIs it lost?",
    ],
)
def test_a_persons_lines_of_this_kind_stay(text: str) -> None:
    assert extract(f"{text}\n\n{BARE}").text.startswith(text)
