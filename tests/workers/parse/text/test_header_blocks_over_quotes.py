# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
"""A header block above lines with `>`: the quote ends with them, and words below or between are the person's own."""

import pytest

from schemas.own_mail import REPLY_MARKER
from workers.parse.text.reply import extract

OWN = "They are coming on Friday."
Q = "> May we come?\n>\n> Please tell us.\n"

#: Blocks as eM Client, Zimbra, GMX, web.de, Windows Live Mail, SquirrelMail and others write them above `>`.
BLOCKS = (
    '------ Original Message ------\nFrom "Help Desk" <help@x.example>\nTo "Ann Other" <ann@y.example>\nDate 3/5/2026 8:30:11 AM\nSubject Re: The lease',
    '------ Originalnachricht ------\nVon "Amt am Hafen" <help@x.example>\nAn "Ann Other" <ann@y.example>\nDatum 05.03.2026 08:30:11\nBetreff Der Vertrag',
    '------ Message d\'origine ------\nDe "Accueil" <help@x.example>\nÀ "Ann Other" <ann@y.example>\nDate 05/03/2026 08:30:11\nObjet Le bail',
    '------ Messaggio originale ------\nDa "Ufficio" <help@x.example>\nA "Ann Other" <ann@y.example>\nData 05/03/2026 08:30:11\nOggetto La casa',
    '------ Mensaje original ------\nDe: "Oficina" <help@x.example>\nPara: "Ann Other" <ann@y.example>\nEnviado: 05/03/2026 8:30:11\nAsunto: La casa',
    "----- Original Message -----\nFrom: Help Desk <help@x.example>\nTo: Ann Other <ann@y.example>\nSent: Thu, 05 Mar 2026 08:30:11 -0500 (EST)\nSubject: The lease",
    '----- Mail original -----\nDe: "Accueil" <help@x.example>\nÀ: "Ann Other" <ann@y.example>\nEnvoyé: Jeudi 5 Mars 2026 08:30:11\nObjet: Le bail',
    '----- Oryginalna wiadomość -----\nOd: "Biuro" <help@x.example>\nDo: "Ann Other" <ann@y.example>\nWysłano: czwartek, 5 marca 2026 8:30\nTemat: Umowa',
    '----- Исходное сообщение -----\nОт: "Канцелярия" <help@x.example>\nКому: "Ann Other" <ann@y.example>\nОтправлено: Четверг, 5 Март 2026 г 8:30:11\nТема: Договор',
    'Gesendet: Donnerstag, 05. März 2026 um 08:30 Uhr\nVon: "Amt am Hafen" <help@x.example>\nAn: ann@y.example\nBetreff: Der Vertrag',
    "Sent: Thursday, March 05, 2026 at 8:30 AM\nFrom: Help Desk (Office) <help@x.example>\nTo: ann@y.example\nSubject: The lease",
    "Envoyé: jeudi 5 mars 2026 à 08:30\nDe: Accueil (Mairie) <help@x.example>\nÀ: ann@y.example\nObjet: Le bail",
    'Enviado: jueves 5 de marzo de 2026, 8:30\nDe: "Oficina" <help@x.example>\nPara: ann@y.example\nAsunto: La casa',
    "---------------------------- Original Message ----------------------------\nSubject: The lease\nFrom:    help@x.example\nDate:    Thu, March 5, 2026 8:30 am\nTo:      ann@y.example",
    "-----Original Message-----\nFrom: Help Desk [mailto:help@x.example]\nSent: Thursday, March 5, 2026 8:30 AM\nTo: Ann Other <ann@y.example>; Bo Clerk <bo@y.example>;\nCy Notary <cy@y.example>\nSubject: The lease",
    "-----Original Message-----\nFrom: Help Desk <help@x.example>\nSent: Thursday, March 5, 2026 8:30 AM\nTo: Ann Other <ann@y.example>\nSubject: The lease of the flat on the third floor, and what the\nlandlord says",
    "----- Original Message -----",
    "________________________________\nFrom: Help Desk <help@x.example>\nSent: Thursday, March 5, 2026 8:30 AM\nTo: Ann Other\nSubject: The lease",
    '----- Cydneges wreiddiol -----\nOddi wrth: "Swyddfa" <help@x.example>\nAt: ann@y.example\nAnfonwyd: Iau, 5 Mawrth 2026 8:30\nPwnc: Y brydles',
)


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n\n\n"])
def test_words_below_a_quote_under_a_header_block_are_kept(block: str, gap: str) -> None:
    assert extract(f"{block}{gap}{Q}\n{OWN}\n").text == OWN
    assert extract(f"{block}{gap}> {REPLY_MARKER}\n>\n{Q}\n{OWN}\n").text == OWN


@pytest.mark.parametrize("block", BLOCKS)
def test_words_between_quotes_under_a_header_block_are_kept(block: str) -> None:
    assert extract(f"{block}\n\n> May we come?\n\nYes.\n\n> When?\n\n{OWN}\n").text == f"Yes.\n\n> When?\n\n{OWN}"


@pytest.mark.parametrize("block", BLOCKS)
def test_words_above_a_header_block_over_a_quote_are_all(block: str) -> None:
    assert extract(f"{OWN}\n\n{block}\n\n{Q}").text == OWN
    assert extract(f"{OWN}\n\n-- \nAnn\n\n{block}\n\n{Q}").text == OWN


@pytest.mark.parametrize("block", BLOCKS)
def test_words_are_kept_between_a_header_block_and_lines_with_signs(block: str) -> None:
    assert OWN in extract(f"{block}\n\n{OWN}\n\n{Q}").text


@pytest.mark.parametrize("block", [block for block in BLOCKS if "\n" in block])
def test_a_header_block_over_text_without_signs_goes_to_the_end(block: str) -> None:
    assert extract(f"{OWN}\n\n{block}\n\nMay we come?\n\n> An older mail.\n\nBye.\n").text == OWN


@pytest.mark.parametrize("block", BLOCKS)
def test_a_forward_keeps_its_header_block_and_all_below(block: str) -> None:
    text = f"{block}\n\n{Q}\n{OWN}"
    assert extract(text, forward=True).text == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Subject: the lease\nI have an answer\n> Is it ready?\nIt is.",
        "From London to Paris\nTo be sure\nDate fixed\n\n> When?\n\nOn Friday.",
        "-- Rent --\nFrom now on 500\nTo be paid\n> Is that all?\nYes.",
        "To: the office\nFrom: Ann\n\n> When?\n\nOn Friday.",
    ],
)
def test_a_list_of_a_person_above_a_quote_is_kept(text: str) -> None:
    assert extract(text).text == text
