# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""Header blocks and headings above quoted and forwarded mails: an answer is cut there, a forward stays."""

import pytest

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.reply import extract, extract_html

OWN = "Thank you, I will come."
BARE = "May we come?\n\nPlease tell us.\n"

#: Only two fields, or three without an address, as Polymail and Windows Mail write.
SHORT = (
    "From: Help Desk\nSent: Thursday, March 5, 2026 8:30 AM\nTo: Ann Other",
    "*From:* Help Desk\n*Sent:* Thursday, March 5, 2026 8:30 AM\n*To:* Ann Other",
    "**From:** Help Desk <help@x.example>\n**Sent:** Thursday, March 5, 2026 8:30 AM",
    "From: Help Desk <help@x.example>\nSent: Thursday, March 5, 2026 8:30 AM",
    "From: help@x.example\nDate: Thu, 05 Mar 2026 08:30:02 +0100",
    "Von: Amt am Hafen\nGesendet: Donnerstag, 5. März 2026 08:30\nAn: Ann Other",
    "*Von:* Amt <help@x.example>\n*Gesendet:* Donnerstag, 5. März 2026 08:30",
    "De : Accueil\nEnvoyé : jeudi 5 mars 2026 08:30\nÀ : Ann Other",
    "De: Oficina\nEnviado el: jueves, 5 de marzo de 2026 8:30\nPara: Ann Other",
    "Da: Ufficio <help@x.example>\nInviato: giovedì 5 marzo 2026 08:30",
    "Van: Balie\nVerzonden: donderdag 5 maart 2026 08:30\nAan: Ann Other",
    "Od: Biuro\nWysłano: czwartek, 5 marca 2026 08:30\nDo: Ann Other",
    "От: Канцелярия <help@x.example>\nОтправлено: 5 марта 2026 г. 8:30",
    "Från: Kontoret\nSkickat: den 5 mars 2026 08:30\nTill: Ann Other",
    "差出人: 事務局 <help@x.example>\n送信日時: 2026年3月5日 8:30",
    "发件人: 办公室\n发送时间: 2026年3月5日 8:30\n收件人: Ann",
)


@pytest.mark.parametrize("block", SHORT)
def test_a_header_block_with_few_fields_begins_a_quote(block: str) -> None:
    assert extract(f"{OWN}\n\n{block}\n\n{BARE}").text == OWN
    assert extract(f"{OWN}\n\nSent from my iPhone\n\n{block}\n\n{BARE}").text == OWN


@pytest.mark.parametrize("block", SHORT)
def test_in_html_a_header_block_with_few_fields_begins_a_quote(block: str) -> None:
    rows = "<br>".join(line.replace("<", "&lt;").replace(">", "&gt;") for line in block.replace("*", "").split("\n"))
    line = "border-top-color: rgb(229, 229, 229); border-top-width: 1px; border-top-style: solid"
    html = f'<div>{OWN}</div><div style="padding-top: 5px; {line};"><div>{rows}</div></div><div><br></div><div>{BARE}</div>'
    assert extract_html(html).text == OWN


def test_a_header_block_of_two_fields_below_a_rule_may_be_right_above_the_text() -> None:
    block = "From: help@x.example\nDate: Thu, 05 Mar 2026 08:30:02 +0100"
    assert extract(f"{OWN}\n{'_' * 32}\n{block}\n{BARE}").text == OWN
    assert extract_html(f"{OWN}<hr><b>{block.replace(chr(10), '<br>')}</b><div>{BARE}</div>").text == OWN


#: Dashed lines of words, in languages and wordings that no table knows, above a header block.
HEADINGS = (
    "-------- Birbidalitako mezua --------",
    "-------- Mensaxe reenviada --------",
    "---------- Neges a anfonwyd ymlaen ----------",
    "-------- Weitergeleiteter Brief / Fwd. letter --------",
    "----- Ausgangsnachricht ----",
    "---- Ujumbe uliotumwa ----",
    "-----Alkuperäinen / Original-----",
    "--- Letter from my landlord ---",
    "======== Препратена порака ========",
    "_____ Mesazhi i dërguar _____",
    "——— ፎርዋርድ ———",
    "-------- Teachtaireacht a seoladh ar aghaidh --------",
)
BLOCKS = (
    "Subject: \tThe lease\nDate: \tThu, 5 Mar 2026 15:51:30 +0100\nFrom: \tBo Landlord <bo@y.example>\nTo: \tann@y.example",
    "Von:     bo@y.example\nAn:      ann@y.example\nDatum:   05.03.2026 16:17\nBetreff: Der Vertrag",
    "Emne: Leien\nDato: Thu, 5 Mar 2026 15:51\nFra: Bo <bo@y.example>\nTil: ann@y.example",
)
#: A header block in a language that no table knows: only its structure tells.
UNKNOWN_BLOCK = "Gaia: Alokairua\nData: 2026(e)ko martxoak 5 15:51\nNork: Bo <bo@y.example>\nNori: ann@y.example"


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("block", [*BLOCKS, UNKNOWN_BLOCK])
def test_a_forward_under_an_unknown_heading_is_content(heading: str, block: str) -> None:
    for text in (f"{heading}\n{block}\n\n\nThe lease ends.", f"{heading}\n\n{block}\n\nThe lease ends."):
        assert extract(text).text == text
        assert extract(text, forward=True).text == text


def test_a_forward_under_a_heading_between_other_signs_is_content() -> None:
    for heading in ("~~~~ Letter ~~~~", "#### Brief ####", "++++ Lettre ++++", "──── 手紙 ────"):
        text = f"{heading}\n{BLOCKS[0]}\n\nThe lease ends."
        assert extract(text).text == text
        assert extract(f"{OWN}\n\n{text}").text == OWN


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("block", [*BLOCKS, UNKNOWN_BLOCK])
def test_below_own_words_an_unknown_heading_belongs_to_the_quote(heading: str, block: str) -> None:
    assert extract(f"{OWN}\n\n{heading}\n{block}\n\nThe lease ends.").text == OWN
    assert extract(f"{OWN}\n{heading}\n\n{block}\n\nThe lease ends.").text == OWN
    assert extract(f"{OWN}\n\n{heading}\n\n{block}\n\nThe lease ends.").text == OWN


@pytest.mark.parametrize("heading", HEADINGS)
@pytest.mark.parametrize("block", BLOCKS)
def test_our_own_update_under_an_unknown_heading_is_never_posted(heading: str, block: str) -> None:
    assert extract(f"{heading}\n{block}\n\n{REPLY_MARKER}\nMay we come?").text == ""


#: Lists of the person with labels, dates and addresses: all of it stays.
LISTS = (
    "I took the train:\n\nFrom: London\nDate: 3 May\n\nIt was late.",
    "I took the train:\n\nFrom: London\nTo: Paris\nDate: 3 May 2026, 10:00\n\nIt was late.",
    "From: London\nTo: Paris\nI have the tickets.",
    "Von: Berlin\nAn: Bonn\nDatum: 3. Mai 2026, 10:00 Uhr\nDas war der Zug.",
    "De : Lyon\nÀ : Paris\nDate : 3 mai 2026 à 10:00\nLe train était en retard.",
    "The person:\n\nName: Bo\nEmail: bo@y.example\nBorn: 3 May 1990\n\nPlease note it.",
    "Name: Bo <bo@y.example>\nMoved in: 3 May 2024 10:00\nRent: 500\n\nHe does not pay.",
    "--- My notes ---\nMonday: rain\nTuesday: sun\nWednesday: rain\n\nThat was it.",
    "--- Costs ---\nRent: 500\nHeating: 80\nWater: 20\n\nIs that right?",
    "To: the judge\nDate: 3 May 2026 10:00\n\nI plead not guilty.",
    "From: my window\nI saw him on 3 May 2026 at 10:00.",
    "Sent: the form\nDate: 3 May 2026 10:00\n\nDid you get it?",
)


@pytest.mark.parametrize("text", LISTS)
def test_a_list_with_labels_stays(text: str) -> None:
    assert extract(text).text == text
    assert extract(f"Hello,\n\nhere it is.\n\n{text}").text == f"Hello,\n\nhere it is.\n\n{text}"
