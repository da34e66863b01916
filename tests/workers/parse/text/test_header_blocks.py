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


#: Letters, notes and tables of the person with the labels of a header block, in any language.
BY_HAND = (
    "From: Pat\nTo: Marta\nSubject: the keys\n\nThey are lost.",
    "From: the bank\nDate: 3 May 2026\nSubject: my account\n\nIt is closed.",
    "Von: Hausverwaltung\nAn: alle Mieter\nBetreff: Heizung\n\nAm Freitag wird nicht geheizt.",
    "De : la mairie\nÀ : Mme Petit\nObjet : travaux\nDate : 3 mai 2026\n\nLa rue est fermée.",
    "De: el casero\nPara: Ana\nAsunto: alquiler\n\nSubo el alquiler.",
    "Da: il condominio\nA: tutti\nOggetto: acqua\n\nVenerdì niente acqua.",
    "De: a escola\nPara: pais\nAssunto: greve\n\nAmanhã não há aulas.",
    "Van: de gemeente\nAan: bewoners\nOnderwerp: parkeren\n\nVrijdag niet parkeren.",
    "Od: administracja\nDo: lokatorzy\nTemat: winda\n\nWinda nie działa.",
    "От: домоуправление\nКому: жильцам\nТема: вода\n\nВоды не будет.",
    "Från: värden\nTill: hyresgästerna\nÄmne: tvätt\n\nTvättstugan är stängd.",
    "差出人:管理人\n宛先:入居者\n件名:工事\n\n土曜日は工事です。",
    "发件人：物业\n收件人：业主\n主题：停电\n\n周五停电。",
    "To: Calais\nFrom: Dover\nSubject: the ferry\n\nIt was late.",
    "From: 9:00\nTo: 10:30\nSubject: the meeting\n\nWas that right?",
    "From: DE00 1234\nTo: Harbour Ltd\nDate: 30.11.2026\nSubject: rent\nAmount: 900.00\n\nDid it arrive?",
)
INTRODUCTIONS = ("He left me this note:", "Das hing im Flur:", "Voici :", "Ponía en la puerta:", "掲示です：")
#: What a person copies out of a mail.
COPIED = (
    "From: Bo Landlord <bo@y.example>\nSent: Thursday, March 5, 2026 8:30 AM\nTo: Ann\nSubject: Sale\n\nI will sell.",
    "Subject: Sale\nDate: Thu, 5 Mar 2026 08:30\nFrom: Bo <bo@y.example>\nTo: ann@x.example\n\nI will sell.",
    "Von: Bo <bo@y.example>\nGesendet: Donnerstag, 5. März 2026 08:30\n\nIch verkaufe.",
)


@pytest.mark.parametrize("letter", BY_HAND)
def test_labels_written_by_hand_without_address_and_time_cut_nothing(letter: str) -> None:
    for text in (letter, f"Good morning.\n\n{letter}\n\nWhat now?", f"{INTRODUCTIONS[0]}\n\n{letter}\n\nWhat now?"):
        assert extract(text).text == text
        assert extract(f"{text}\n\nOn Thu, 5 Mar 2026 at 08:30, Desk <d@x.example> wrote:\n> May we?").text == text
    paragraphs = "".join(f"<p>{piece.replace(chr(10), '<br>')}</p>" for piece in f"Hi.\n\n{letter}".split("\n\n"))
    assert extract_html(paragraphs).text == f"Hi.\n\n{letter}"


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
@pytest.mark.parametrize("letter", [*COPIED, BY_HAND[0]])
def test_below_a_line_that_ends_with_a_colon_a_header_block_is_the_persons(introduction: str, letter: str) -> None:
    for text in (f"{introduction}\n\n{letter}", f"Hi.\n{introduction}\n{letter}\n\nWhat now?"):
        assert extract(text).text == text
        assert extract(f"{text}\n\n{COPIED[0]}").text == text


@pytest.mark.parametrize("block", COPIED)
def test_below_a_colon_our_own_update_is_never_posted(block: str) -> None:
    assert extract(f"My answer:\n\n{block}\n\n{REPLY_MARKER}\nMay we come?").text.startswith("My answer:")
    assert "May we" not in extract(f"My answer:\n\n{block}\n\n{REPLY_MARKER}\nMay we come?").text
