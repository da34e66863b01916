# ruff: noqa: RUF001, E501  # the data is in many alphabets, with letters of double width
"""Whole answers to a known update, each written by hand: rewrapped, translated, mobile, between the lines, below."""

from dataclasses import dataclass

import pytest

from schemas.own_mail import REPLY_MARKER, SentUpdate
from workers.parse.text.known_quotes import own_words
from workers.parse.text.reply import extract, extract_html

SENT = SentUpdate(
    f"{REPLY_MARKER}\n\nMaria Lopez posted an update on case 311, Boiler in flat 4:",
    "Good morning,\n\nthe fitter looked at the boiler and ordered a new valve on Monday. When is somebody at home next "
    "week?\n\nDo you have the invoice of the last repair? Please send us a copy, a photo is enough.\n\n"
    "Who has the key of the boiler room?\n\nMaria",
    "The case: https://cases.example/cases/311?tenant=h#u-9\nOpen the case\n"
    "Answer this mail to post an update on the case.\nHarbour Homes, 2 Quay Street",
    ("updates@cases.example", "Maria Lopez (Harbour Homes)", "[311] Boiler in flat 4"),
)
WHO = "Maria Lopez (Harbour Homes) <updates@cases.example>"


@dataclass(frozen=True)
class Mail:
    """An answer: its plain text or HTML, the person's paragraphs, and words that must be cut."""

    name: str
    text: str
    own: tuple[str, ...]
    cut: tuple[str, ...] = ("ordered a new valve", "posted an update", "##- Please")


MAILS = (
    Mail(
        "Proton on a phone, a Dutch attribution, below, a telephone number",
        f"-------- Oorspronkelijk bericht --------\nOp 12-05-2025 09:14, {WHO} schreef:\n\n{REPLY_MARKER}\n\n"
        "Maria Lopez posted an update on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe fitter looked at the boiler "
        "and ordered a new valve on Monday. When is somebody at home next week?\n\nDo you have the invoice of the last "
        "repair? Please send us a copy, a photo is enough.\n\nWho has the key of the boiler room?\n\nMaria\n\nThe case: "
        "https://cases.example/cases/311?tenant=h#u-9\nAnswer this mail to post an update on the case.\n"
        "Harbour Homes, 2 Quay Street\n\nWoensdag de hele dag.\nBel anders 06-12345678.",
        ("Woensdag de hele dag.", "Bel anders 06-12345678."),
    ),
    Mail(
        "answers behind the questions, on their lines",
        f"On 12 May 2025, at 09:14, {WHO} wrote:\n\n> Good morning,\n>\n> the fitter looked at the boiler and ordered a "
        "new valve on Monday. When is somebody at home next week?\n\nTuesday after 3.\n\n> Do you have the invoice of the "
        "last repair? Please send us a copy, a photo is enough.\n\nno, lost it\n\n> Who has the key of the boiler room?\n"
        "\nMr Chen, flat 1.",
        ("Tuesday after 3.", "no, lost it", "Mr Chen, flat 1."),
        ("posted an update", "wrote:"),
    ),
    Mail(
        "a header block, no marks, answers between, the last below the end",
        f"From: {WHO}\nSent: Monday, May 12, 2025 9:14 AM\nTo: Tom Reed <tom@x.example>\nSubject: [311] Boiler in flat "
        f"4\n\n{REPLY_MARKER}\n\nMaria Lopez posted an update on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe "
        "fitter looked at the boiler and ordered a new valve on Monday. When is somebody at home next week?\n\n"
        "Wednesday 8 to 12\n\nDo you have the invoice of the last repair? Please send us a copy, a photo is enough.\n\n"
        "See attachment\n\nWho has the key of the boiler room?\n\nThe caretaker",
        ("Wednesday 8 to 12", "See attachment", "The caretaker"),
        ("posted an update", "##- Please", "From:"),
    ),
    Mail(
        "the same, rewrapped at 50, a signature below",
        f"From: {WHO}\nSent: Monday, May 12, 2025 9:14 AM\nTo: Tom Reed <tom@x.example>\nSubject: [311] Boiler in flat "
        f"4\n\n{REPLY_MARKER}\n\nMaria Lopez posted an update on case 311,\nBoiler in flat 4:\n\nGood morning,\n\nthe "
        "fitter looked at the boiler and ordered a\nnew valve on Monday. When is somebody at home next\nweek?\n\n"
        "Any day but Friday, as I am with my mother then\nand she lives in another town.\n\nDo you have the invoice of the "
        "last repair? Please\nsend us a copy, a photo is enough.\n\nWho has the key of the boiler room?\n\nNot me.\n\n"
        "-- \nTom Reed\n0171 5550123",
        ("Any day but Friday, as I am with my mother then\nand she lives in another town.", "Not me."),
        ("posted an update", "##- Please", "0171"),
    ),
    Mail(
        "HTML, font colours between the paragraphs",
        f"<html><body><div>-----Original Message-----<br>From: Maria Lopez &lt;updates@cases.example&gt;<br>Sent: 12 "
        f"May 2025 09:14<br>Subject: [311] Boiler in flat 4<br><br></div><p>{REPLY_MARKER}</p><p><b>Maria Lopez</b> "
        "posted an update on case <b>311</b>, Boiler in flat 4:</p><div>Good morning,<br><br>the fitter looked at the "
        "boiler and ordered a new valve on Monday. When is somebody at home next week?<br><br><font color=red>On Thursday "
        "from nine.</font><br><br>Do you have the invoice of the last repair? Please send us a copy, a photo is enough."
        "<br><br><font color=red>It was paid in cash, no paper.</font></div></body></html>",
        ("On Thursday from nine.", "It was paid in cash, no paper."),
        ("posted an update", "##- Please"),
    ),
    Mail(
        "the attribution machine-translated to Vietnamese, below",
        f"Vào 09:14 Thứ Hai, 12 thg 5, 2025, {WHO} đã viết như sau đây\n\n{REPLY_MARKER}\n\nMaria Lopez posted an update "
        "on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe fitter looked at the boiler and ordered a new valve on "
        "Monday. When is somebody at home next week?\n\nDo you have the invoice of the last repair? Please send us a "
        "copy, a photo is enough.\n\nWho has the key of the boiler room?\n\nMaria\n\nDạ thứ tư được ạ.\n\nCảm ơn chị.",
        ("Dạ thứ tư được ạ.", "Cảm ơn chị."),
    ),
    Mail(
        "an Outlook for a phone, words above, quote wrapped in a table of HTML",
        "<div dir=auto>We are home all week.</div><div>Get <a href=x>Outlook for iOS</a></div><hr><div "
        f"id=divRplyFwdMsg><b>From:</b> {WHO.replace('<', '&lt;').replace('>', '&gt;')}<br><b>Sent:</b> Monday, May 12, "
        f"2025 9:14:02 AM<br><b>Subject:</b> [311] Boiler in flat 4</div><table><tr><td>{REPLY_MARKER}</td></tr><tr><td>"
        "Maria Lopez posted an update on case 311, Boiler in flat 4:</td></tr><tr><td>Good morning,</td></tr><tr><td>the "
        "fitter looked at the boiler and ordered a new valve on Monday. When is somebody at home next week?</td></tr>"
        "</table>",
        ("We are home all week.",),
    ),
    Mail(
        "a text without any attribution, quote first, Japanese answer",
        f"{REPLY_MARKER}\n\nMaria Lopez posted an update on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe fitter "
        "looked at the boiler and ordered a new valve on Monday. When is somebody at home next week?\n\nDo you have the "
        "invoice of the last repair? Please send us a copy, a photo is enough.\n\nWho has the key of the boiler room?\n\n"
        "Maria\n\n水曜日は一日中家にいます。\n鍵は管理人さんが持っています。",
        ("水曜日は一日中家にいます。", "鍵は管理人さんが持っています。"),
    ),
    Mail(
        "bars instead of angles, an answer in the middle and below",
        f"{WHO} wrote at 09:14 on 12.05.2025:\n| Good morning,\n| the fitter looked at the boiler and ordered a new valve "
        "on Monday. When is\n| somebody at home next week?\nSaturday.\n| Do you have the invoice of the last repair? Please "
        "send us a copy, a photo is\n| enough.\nYes, 84.20 EUR.\n",
        ("Saturday.", "Yes, 84.20 EUR."),
        ("posted an update",),
    ),
    Mail(
        "an answer that repeats a question, above",
        f"Who has the key of the boiler room? I have it.\n\nAm 12.05.2025 um 09:14 schrieb {WHO}:\n\n> Do you have the "
        "invoice of the last repair? Please send us a copy, a photo is enough.\n>\n> Who has the key of the boiler room?",
        ("Who has the key of the boiler room? I have it.",),
        ("invoice of the last",),
    ),
    Mail(
        "Samsung, Korean, words below, the program's line last",
        f"-------- 원본 이메일 --------\n발신: {WHO}\n날짜: 25/5/12 오전 9:14 (GMT+09:00)\n받은 사람: 김 <k@x.example>\n제목: [311] "
        f"Boiler in flat 4\n\n{REPLY_MARKER}\n\nMaria Lopez posted an update on case 311, Boiler in flat 4:\n\nGood "
        "morning,\n\nthe fitter looked at the boiler and ordered a new valve on Monday. When is somebody at home next "
        "week?\n\nDo you have the invoice of the last repair? Please send us a copy, a photo is enough.\n\n수요일이 좋아요.\n"
        "영수증은 없습니다.\n\nGalaxy에서 보냈습니다.",
        ("수요일이 좋아요.", "영수증은 없습니다."),
    ),
    Mail(
        "only the question was left, the answer below it, no attribution",
        "> Who has the key of the boiler room?\n\nMy neighbour, Mrs Patel.",
        ("My neighbour, Mrs Patel.",),
        (),
    ),
    Mail(
        "only the questions were left without marks, answers between",
        "When is somebody at home next week?\nEvery evening.\n\nDo you have the invoice of the last repair?\nI do.\n\n"
        "Who has the key of the boiler room?\nThe agency.",
        ("Every evening.", "I do.", "The agency."),
        (),
    ),
    Mail(
        "a list's footer below the answers, which stand below",
        f"On Mon, May 12, 2025 at 9:14 AM {WHO} wrote:\n\n> {REPLY_MARKER}\n>\n> Maria Lopez posted an update on case 311, "
        "Boiler in flat 4:\n>\n> Good morning,\n>\n> the fitter looked at the boiler and ordered a new valve on Monday. "
        "When is\n> somebody at home next week?\n\nWe need two days' notice, please.\n\n"
        "_______________________________________________\nTenants mailing list -- tenants@lists.example\nTo unsubscribe "
        "send an email to tenants-leave@lists.example",
        ("We need two days' notice, please.",),
        ("ordered a new valve", "unsubscribe"),
    ),
    Mail(
        "two letters of the person below a stripped quote, with a bill",
        f"{WHO} a écrit le 12/05/2025 à 09:14 :\n\n{REPLY_MARKER}\nMaria Lopez posted an update on case 311, Boiler in "
        "flat 4:\nGood morning,\nthe fitter looked at the boiler and ordered a new valve on Monday. When is somebody at "
        "home next week?\nDo you have the invoice of the last repair? Please send us a copy, a photo is enough.\nWho has "
        "the key of the boiler room?\nMaria\nThe case: https://cases.example/cases/311?tenant=h#u-9\nAnswer this mail to "
        "post an update on the case.\nHarbour Homes, 2 Quay Street\n\nBonjour,\n\nvoici la facture : 84,20 € le 3 mars.\n\n"
        "La clé est chez le gardien.\n\nBien à vous\nÉmile",
        ("Bonjour,", "voici la facture : 84,20 € le 3 mars.", "La clé est chez le gardien."),
    ),
    Mail(
        "an Arabic attribution, quote without marks, an answer above and one below",
        f"نعم.\n\nفي الاثنين، 12 مايو 2025 في 9:14 ص تمت كتابة ما يلي بواسطة {WHO}:\n\n{REPLY_MARKER}\n\nMaria Lopez posted "
        "an update on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe fitter looked at the boiler and ordered a new "
        "valve on Monday. When is somebody at home next week?\n\nDo you have the invoice of the last repair? Please send us "
        "a copy, a photo is enough.\n\nWho has the key of the boiler room?\n\nMaria",
        ("نعم.",),
    ),
    Mail(
        "long lines broken by a gateway at 60, with angles on the first only",
        "Wednesday or Thursday, both are fine.\n\nOn Mon, May 12, 2025 at 9:14 AM Maria Lopez (Harbour Homes)\n"
        "<updates@cases.example> wrote:\n\n> Good morning,\n>\n> the fitter looked at the boiler and ordered a new valve on\n"
        "Monday. When is somebody at home next week?\n>\n> Do you have the invoice of the last repair? Please send us a\n"
        "copy, a photo is enough.\n>\n> Who has the key of the boiler room?",
        ("Wednesday or Thursday, both are fine.",),
        ("Monday. When", "copy, a photo", "key of the boiler"),
    ),
    Mail(
        "HTML of a webmail without blockquote, answers in the same element after a line break",
        "<div>Maria Lopez (Harbour Homes) schrieb am 2025-05-12 09:14:</div><div>Good morning,<br>the fitter looked at the "
        "boiler and ordered a new valve on Monday. When is somebody at home next week?<br>--&gt; Montag ab 17 Uhr<br>Do you "
        "have the invoice of the last repair? Please send us a copy, a photo is enough.<br>--&gt; liegt bei<br>Who has the "
        "key of the boiler room?<br>--&gt; Herr Vogt</div>",
        ("Montag ab 17 Uhr", "liegt bei", "Herr Vogt"),
        (),
    ),
    Mail(
        "the person quotes a sentence in quotation marks within the answer",
        f'You write "When is somebody at home next week?" - always before eight.\n\n{REPLY_MARKER}\n\nMaria Lopez posted an '
        "update on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe fitter looked at the boiler and ordered a new valve "
        "on Monday. When is somebody at home next week?",
        ('You write "When is somebody at home next week?" - always before eight.',),
    ),
    Mail(
        "a Greek phone, below, with a closing",
        f"Στις Δευ 12 Μαΐ 2025, 09:14 ο χρήστης {WHO} έγραψε:\n\n{REPLY_MARKER}\n\nMaria Lopez posted an update on case 311, "
        "Boiler in flat 4:\n\nGood morning,\n\nthe fitter looked at the boiler and ordered a new valve on Monday. When is "
        "somebody at home next week?\n\nDo you have the invoice of the last repair? Please send us a copy, a photo is "
        "enough.\n\nWho has the key of the boiler room?\n\nMaria\n\nThe case: https://cases.example/cases/311?tenant=h#u-9\n"
        "Answer this mail to post an update on the case.\nHarbour Homes, 2 Quay Street\n\nΤην Πέμπτη μετά τις 5.\n\nΜε "
        "εκτίμηση\nΝίκος",
        ("Την Πέμπτη μετά τις 5.",),
    ),
    Mail(
        "below the quote, the person writes with bullets and an address",
        f"From: {WHO}\nSent: Monday, May 12, 2025 9:14 AM\nTo: Tom\nSubject: [311] Boiler in flat 4\n\n{REPLY_MARKER}\n\n"
        "Maria Lopez posted an update on case 311, Boiler in flat 4:\n\nGood morning,\n\nthe fitter looked at the boiler and "
        "ordered a new valve on Monday. When is somebody at home next week?\n\nWho has the key of the boiler room?\n\nMaria\n\n"
        "* Tuesday\n* invoice: ask billing@x.example\n* key: https://keys.example/room",
        ("* Tuesday\n* invoice: ask billing@x.example\n* key: https://keys.example/room",),
    ),
)


@pytest.mark.parametrize("mail", MAILS, ids=[mail.name for mail in MAILS])
def test_all_own_words_stay_and_the_update_goes(mail: Mail) -> None:
    parsed = extract_html(mail.text) if mail.text.startswith("<") else extract(mail.text)
    text = own_words(parsed, [SENT], author="Tom Reed").text
    at = 0
    for paragraph in mail.own:
        assert paragraph in text[at:]
        at += text[at:].index(paragraph) + len(paragraph)
    assert [words for words in mail.cut if words in text] == []
