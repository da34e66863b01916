"""The update that was answered shows which lines of a reply are quoted, whatever the mail program did to them.

Longer than other files, as its tests share one update and its damages.
"""

import html
import re
import textwrap

import pytest

from schemas.own_mail import REPLY_MARKER, SentUpdate
from schemas.records import Body, CutKind
from tests.builders.answered_updates import notice_of, sent_update
from tests.builders.cut_text import restored, squeezed
from workers.parse.text.known_quotes import BY_UPDATE, own_words
from workers.parse.text.reply import extract, extract_html
from workers.parse.text.squashed import squash

UPDATE = """\
Dear Anna,

the plumber can come on Friday at 10 or on Monday at 9. Which day do you prefer?
Please also say which key fits the cellar door, and whether the dog is at home.

1. Which key fits?
2. Who opens the door?

The plan is at https://plans.example.org/roof/2024?page=2&part=b

Kind regards
Bert"""
SENT = sent_update(UPDATE)
NOTICE = notice_of(SENT)
BARE = notice_of(SENT, marker=False)
WROTE = "On Fri, 3 May 2024 at 10:12, Bert Brown (Housing) <updates@in.example> wrote:"


def quoted(text: str, sign: str = "> ") -> str:
    """Returns the text with a quote sign in front of each line."""
    return "\n".join(sign + line for line in text.split("\n"))


def read(text: str, *sent: SentUpdate) -> Body:
    """Returns the body of a plain text, read with these updates, else with `SENT`."""
    return own_words(extract(text), sent or (SENT,))


def links_rewritten(text: str) -> str:
    """Returns the text with its links as a gateway writes them."""
    found = text.replace("https://plans.example.org", "https://urldefense.com/v3/__https://plans.example.org")
    return found.replace("https://console.example", "https://eu.safelinks.example/?url=https%3A%2F%2Fconsole.example")


COPIES = {
    "without signs": BARE,
    "each line wrapped at 40 characters": "\n".join(textwrap.fill(line, 40) for line in BARE.split("\n")),
    "paragraphs on one line": "\n\n".join(" ".join(part.split()) for part in BARE.split("\n\n")),
    "all on one line": " ".join(BARE.split()),
    "blank lines doubled": BARE.replace("\n", "\n\n"),
    "no-break spaces": BARE.replace(" ", "\u00a0"),
    "HTML's entities left over": html.escape(BARE).replace("  ", "&nbsp;"),
    "typographic signs": BARE.replace("1. ", "1.\u2002").replace(".", "\u2024"),
    "other bullets": BARE.replace("1. ", "1) ").replace("2. ", "2) "),
    "bars in front": quoted(BARE, "| "),
    "links rewritten": links_rewritten(BARE),
    "links written twice": BARE.replace("part=b", "part=b <https://plans.example.org/roof/2024?page=2&part=b>"),
    "a link broken over two lines": BARE.replace("0198f01042-", "0198f01042-\n"),
    "capital letters": BARE.upper(),
    "words broken by hyphens": BARE.replace("plumber", "plum-\nber"),
    "invisible characters": BARE.replace(" ", " \u200b"),
    "the marker in other signs": NOTICE.replace(REPLY_MARKER, "## Please write your answer above this line ##"),
    "the marker wrapped": NOTICE.replace("answer above", "answer\nabove"),
    "cut off": BARE[: BARE.index("door?")],
    "the words of the HTML form": BARE.replace("The case: ", "Open the case <").replace("#u-01", "#u-01>"),
}


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("own", ["Friday is fine.", "Yes", "Monday at 9", "5", "\U0001f44d", "はい、金曜日です。"])
def test_a_copy_below_the_own_words_is_cut(own: str, copy: str) -> None:
    body = read(f"{own}\n\n{copy}")
    assert body.text == own
    assert squash(restored(body).split("\n")).text == squash(f"{own}\n\n{copy}".split("\n")).text


@pytest.mark.parametrize("copy", [copy for name, copy in COPIES.items() if name != "cut off"])
def test_a_copy_above_the_own_words_is_cut(copy: str) -> None:
    assert read(f"{copy}\n\nFriday is fine.\nThe key is blue.").text == "Friday is fine.\nThe key is blue."


def test_html_without_a_quote_mark_is_cut() -> None:
    lines = "".join(f"<p>{html.escape(line) or '<br>'}</p>" for line in BARE.split("\n"))
    body = own_words(extract_html(f"<div>Friday is fine.</div>{lines}"), (SENT,))
    assert body.text == "Friday is fine."


@pytest.mark.parametrize(
    "above",
    [
        WROTE,
        "Noong 3 Mayo 2024, si Bert Brown (Housing) <updates@in.example> ay sumulat",
        "Bert Brown (Housing) via updates@in.example skrev 3.5.2024 10.12",
        "2024. m. gegužės 3 d. 10:12 Bert Brown (Housing) rašė:",
        "Bert Brown (Housing)\n3 May 2024 10:12",
        "Von: Bert Brown (Housing) <updates@in.example>\nGesendet: Freitag, 3. Mai 2024 10:12\nBetreff: AW: Dach",
        "Nadawca: Bert Brown (Housing)\nWysłano: 3 maja 2024 10:12\nTemat: [1042] A leak in the roof",
        "Fecha: 3 de mayo de 2024 10:12\nRemitente: updates@in.example\nTema: [1042] A leak in the roof",
        "3 พ.ค. 2024 10:12 Bert Brown (Housing) <updates@in.example> เขียนว่า:",
        "-----\nFrom: Bert Brown (Housing)\nSubject: [1042] A leak in the roof\n-----",
    ],
)
@pytest.mark.parametrize("notice", [BARE, NOTICE])
def test_what_names_the_notice_above_its_copy_is_cut_too(above: str, notice: str) -> None:
    assert read(f"Friday is fine.\n\n{above}\n\n{notice}").text == "Friday is fine."


def test_an_attribution_is_enough_for_a_copy_without_the_lines_around_the_text() -> None:
    short = sent_update("When can the plumber come to see the roof?")
    above = "Noong 3 Mayo 2024, si Bert Brown (Housing) <updates@in.example> ay sumulat"
    assert read(f"On Friday.\n\n{above}\n{short.text}", short).text == "On Friday."


@pytest.mark.parametrize(
    "words",
    [
        "I spoke with Bert Brown (Housing) on the phone today.",
        "Yes. Bert Brown (Housing) said 10:30",
        "updates@in.example is an address that I can't write to",
        "PS: call me\nKey: 4",
    ],
)
def test_own_words_above_a_copy_stay(words: str) -> None:
    assert read(f"{words}\n\n{BARE}").text == words


def test_the_end_of_a_wrapped_line_without_a_sign_is_a_part_of_the_quote() -> None:
    broken = quoted(BARE).replace("on Friday at", "on Friday\nat").replace("whether the", "whether\nthe")
    assert read(f"Fine.\n\n{broken}").text == "Fine."


def test_own_words_and_a_copy_on_one_line_are_parted() -> None:
    assert read(f"Friday is fine. {' '.join(BARE.split())}").text == "Friday is fine."


def test_a_signature_above_a_copy_is_cut() -> None:
    body = read(f"Friday is fine.\n\nSent from my iPhone\n\n{BARE}")
    assert body.text == "Friday is fine."
    assert [cut.kind for cut in body.cut] == [CutKind.SIGNATURE, CutKind.QUOTE]


@pytest.mark.parametrize(
    "text",
    [
        "The plumber can come on Friday at 10 or on Monday at 9.",
        "I accept:\nthe plumber can come on Friday at 10 or on Monday at 9.",
        "You ask which key fits the cellar door, and whether the dog is at home. Why?",
        "Which key fits?\nThe blue one.\n\nWho opens the door?\nI do.",
        "Dear Anna,\n\nno, thank you.\n\nKind regards\nBert",
        "Answer this mail to post an update on the case.",
        "Your mail says:\nAnswer this mail to post an update on the case.",
        "Bert Brown posted an update on case 1042, A leak in the roof:\nI can't find it.",
        "https://plans.example.org/roof/2024?page=2&part=b",
        "Monday at 9",
    ],
)
def test_words_of_the_update_that_a_person_repeats_stay(text: str) -> None:
    assert read(text).text == text
    assert read(f"{text}\n\n{BARE}").text == text
    assert read(f"{text}\n\n{WROTE}\n{quoted(NOTICE)}").text == text


@pytest.mark.parametrize("sign", ["", "> "])
def test_a_copy_that_a_person_introduces_stays_where_a_quote_with_signs_stays(sign: str) -> None:
    text = f"I got this from you:\n\n{quoted(UPDATE, sign) if sign else UPDATE}"
    assert squeezed(read(text).text) == squeezed(text)


def test_a_choice_made_by_removing_the_other_options_stays() -> None:
    sent = sent_update("Please keep one:\n\nOption A: we repair the roof in May.\n\nOption B: we replace it in June.")
    chosen = notice_of(sent, marker=False).replace("Option B: we replace it in June.", "").replace("\n\n\n\n", "\n\n")
    filled = sent_update("Please answer:\n\nName: ______\nDay: ______")
    assert "Option A" in read(f"My choice\n\n{chosen.replace('Please keep one:', '')}", sent).text
    form = notice_of(filled, marker=False).replace("Name: ______", "Name: Anna").replace("Day: ______", "Day: Friday")
    assert read(form, filled).text == "Name: Anna\nDay: Friday"


ANSWERS = {
    "a new line": ("prefer?", "prefer?\nFriday, please."),
    "behind the question": ("prefer?", "prefer? Friday, please."),
    "one word": ("prefer?", "prefer?\nFriday"),
    "a digit that begins the next line": ("1. Which key fits?", "1. Which key fits?\n2"),
    "a check mark": ("prefer?", "prefer?\n\u2611"),
    "an emoji": ("prefer?", "prefer?\n\U0001f44d"),
    "in another language": ("prefer?", "prefer?\nวันศุกร์"),
    "a link": ("prefer?", "prefer?\nhttps://doodle.example/poll/77"),
    "below the last line": ("Bert\n\nThe case", "Bert\n\nThe blue one.\n\nThe case"),
    "words of the update": ("Who opens the door?", "Who opens the door?\nThe plumber can come."),
}


@pytest.mark.parametrize(("old", "new"), ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("marked", ["signs", "html", "marker"])
def test_answers_between_the_lines_of_a_cut_quote_come_back(old: str, new: str, marked: str) -> None:
    assert NOTICE.count(old) == 1
    notice = NOTICE.replace(old, new)
    if marked == "signs":
        before = extract(f"{WROTE}\n{quoted(notice)}")
    elif marked == "html":
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in notice.split("\n") if line)
        before = extract_html(f"<blockquote type=cite>{lines}</blockquote>")
    else:
        before = extract(f"{WROTE}\n\n{notice}")
    answer = new.removeprefix(old).removesuffix("The case").removeprefix("Bert").strip()
    body = own_words(before, (SENT,))
    assert answer in body.text
    assert body.text.splitlines()[-1].endswith(answer)
    assert squeezed(restored(body)).replace(">", "") == squeezed(restored(before)).replace(">", "")


def test_quoted_lines_between_answers_stay() -> None:
    notice = quoted(NOTICE).replace("prefer?", "prefer?\n> Friday.").replace("home.", "home.\n> No dog.")
    body = read(f"See below.\n\n{WROTE}\n{notice}")
    assert body.text.startswith("See below.\n")
    assert body.text.endswith(
        "Friday.\n> Please also say which key fits the cellar door, and whether the dog is at home.\nNo dog."
    )


@pytest.mark.parametrize("answer", ["\u2611", "はい", "https://plans.example.org/roof/2024?page=2&part=b", "Да"])
def test_an_answer_beside_damaged_letters_or_a_link_stays(answer: str) -> None:
    sent = sent_update(
        "Où est la clé?\n\nVoilà: https://plans.example.org/a/1\n\nÉté déjà passé, à bientôt près du café!"
    )
    damaged = re.sub("[éèàùôÉ]", "\ufffd", notice_of(sent, marker=False))
    for place in ("?\n\n", "/a/1\n\n"):
        assert answer in read(damaged.replace(place, f"{place}{answer}\n\n", 1), sent).text.split("\n")
    assert read(f"{answer}\n\n{damaged}", sent).text == answer


def test_of_a_line_that_a_mail_has_twice_both_stay() -> None:
    sent = sent_update("The roof leaks since Monday.\n\nWho has the key of the cellar?\n\nThe dog is at home.")
    bare = notice_of(sent, marker=False)
    twice = bare.replace("cellar?", "cellar?\n\nNobody.\n\nWho has the key of the cellar?\n\nTell me.")
    assert read(twice, sent).text.count("Who has the key of the cellar?") == 2


def test_answers_below_the_whole_notice_come_back_if_the_mail_would_be_empty() -> None:
    assert read(f"{WROTE}\n{NOTICE}\n\nFriday is fine.\nNo dog.").text == "Friday is fine.\nNo dog."
    assert read(f"{WROTE}\n{quoted(NOTICE)}\n> \n> Friday is fine.").text == "Friday is fine."


@pytest.mark.parametrize("below", ["", "\n\n-- \nAnna Smith", "\n\nSent from my iPhone", f"\n\n{WROTE}\n> Shall we?"])
def test_a_mail_of_nothing_but_a_quote_stays_empty(below: str) -> None:
    assert read(f"{WROTE}\n{quoted(NOTICE)}{below}").text in ("", "--\nAnna Smith", "Sent from my iPhone")
    assert "plumber" not in read(f"{BARE}{below}").text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prefer?", "pref\ufffder?"),
        ("Dear Anna", "[External] Dear Anna"),
        ("plan is", "plan [image: plan] is"),
        ("Bert\n\nThe", "Bert\n\n[cid:logo@x]\n\nThe"),
        ("https://plans.example.org", "https://eu.gate.example/?u=https%3A%2F%2Fplans.example.org"),
        ("part=b", "part=b <https://plans.example.org/roof>"),
    ],
)
def test_damage_in_a_cut_quote_does_not_come_back(old: str, new: str) -> None:
    text = f"Friday is fine.\n\n{WROTE}\n{quoted(NOTICE.replace(old, new))}"
    body = read(text)
    assert "plumber" not in body.text
    assert body.text.startswith("Friday is fine.")
    assert len(body.text) < 60 or old == "Dear Anna"


def test_another_quote_than_the_update_stays_as_the_rules_left_it() -> None:
    for text in (f"Yes.\n\n{WROTE}\n> something else", "Yes.\n\n> He said so\n> Really?\n\nSee above.", "No quote."):
        assert read(text) == extract(text)


def test_a_forward_stays_whole() -> None:
    body = extract(f"Please see.\n\n{BARE}", forward=True)
    assert own_words(body, (SENT,), forward=True) == body


def test_an_earlier_update_is_found_as_well() -> None:
    other = sent_update("The roof is dry again since Tuesday, says the tenant of flat 12.", case=77)
    assert read(f"Good.\n\n{notice_of(other, marker=False)}", SENT, other).text == "Good."


def test_two_updates_below_each_other_are_both_cut() -> None:
    other = sent_update("The roof is dry again since Tuesday, says the tenant of flat 12.", case=77)
    assert read(f"Good.\n\n{BARE}\n\n{notice_of(other, marker=False)}\n{'-' * 400}", SENT, other).text.startswith(
        "Good."
    )
    assert (
        "plumber"
        not in read(f"Good. {'So it is. ' * 60}\n\n{BARE}\n\n{notice_of(other, marker=False)}", SENT, other).text
    )


def test_the_cut_says_which_words_of_the_update_it_has() -> None:
    (cut,) = read(f"Fine.\n\n{BARE}").cut
    assert (cut.kind, cut.confidence) == (CutKind.QUOTE, BY_UPDATE)
    assert cut.sign == "words 1 to 62 of the 62 words of the update"


def test_a_second_look_changes_nothing() -> None:
    notice = quoted(NOTICE).replace("prefer?", "prefer?\n> Friday.").replace("home.", "home.\n> No dog.")
    for text in (f"Fine.\n\n{BARE}", f"{WROTE}\n{notice}", f"{BARE}\n\nFine.", "Fine."):
        once = read(text)
        assert own_words(once, (SENT,)) == once


def test_a_quote_of_html_between_own_words_keeps_its_mark() -> None:
    body = extract_html("<p>One</p><blockquote type=cite><p>From: x@x.example</p><p>Sent: 1</p></blockquote><p>Two</p>")
    assert body.quoted == ((2, 4),)
    assert own_words(body, (SENT,)) == body


#: What The Bat! and its like write above a quote; it names nobody.
UNNAMED = (
    "Friday, May 3, 2024, 10:12:33 AM, you wrote:",
    "Freitag, 3. Mai 2024, 10:12:33, schrieben Sie:",
    "пятница, 3 мая 2024, 10:12:33, вы писали:",
    "vendredi 3 mai 2024, 10:12:33, vous écriviez :",
    "viernes, 3 de mayo de 2024, 10:12:33, escribió:",
    "2024-05-03 10:12:33 napisano:",
    "2024年5月3日 10:12:33、あなたは書きました\uff1a",
)


@pytest.mark.parametrize("wrote", UNNAMED)
@pytest.mark.parametrize("sign", ["BB> ", "BB>", " B> ", "\u0411\u0411> ", "> BB> ", "BB> CC> "])
@pytest.mark.parametrize("copy", [NOTICE, BARE], ids=["marker", "bare"])
def test_a_copy_with_the_initials_of_its_writer_is_cut(copy: str, sign: str, wrote: str) -> None:
    quote = "\n".join(f"{sign}{line}".rstrip() for line in copy.split("\n"))
    assert read(f"Friday is fine.\n\n{wrote}\n\n{quote}").text == "Friday is fine."
    assert read(f"{wrote}\n\n{quote}\n\nFriday is fine.\nNo dog.").text == "Friday is fine.\nNo dog."


@pytest.mark.parametrize(
    "words",
    ["You wrote:", "See what came on 3 May 2024 at 10:12:", "I agree. On 3 May 2024, 10:12:33 you wrote:", "10:12:33"],
)
def test_a_line_above_a_copy_that_a_person_may_have_written_stays(words: str) -> None:
    assert read(f"{words}\n\n{BARE}").text.startswith(words[:8])


#: Attributions that name the author of the update at the end of a line, as programs without quote signs break them.
NAMED_OVER_LINES = (
    "En miércoles, 2 de diciembre de 2026, 14:45:33 CET, {name}\n(Casework) <{address}> escribió:",
    "Il giovedì 26 novembre 2026 alle ore 11:03:33 CET, {name}\n(Casework) <{address}> ha scritto:",
    "Em terça-feira, 24 de novembro de 2026 às 09:49:33 BRT, {name}\n(Casework) <{address}> escreveu:",
    "Le jeudi 26 novembre 2026 à 11:03:33 UTC+1, {name}\n(Casework) <{address}> a écrit :",
    "Am Donnerstag, 26. November 2026 um 11:03:33 MEZ hat {name}\n(Casework) <{address}> Folgendes geschrieben:",
    "On Thursday, November 26, 2026 at 11:03:33 AM GMT+1, {name}\n(Casework) <{address}> wrote:",
    "W dniu czwartek, 26 listopada 2026 11:03:33 CET użytkownik {name}\n(Casework) <{address}> napisał:",
    "Op donderdag 26 november 2026 om 11:03:33 CET schreef {name}\n(Casework) <{address}>:",
    "Den torsdag 26 november 2026 11:03:33 CET skrev {name}\n(Casework) <{address}>:",
    "четверг, 26 ноября 2026, 11:03:33 GMT+3, {name}\n(Casework) <{address}> написал:",
)


@pytest.mark.parametrize("line", NAMED_OVER_LINES)
def test_the_author_of_the_update_in_a_broken_attribution_is_no_copy_of_the_update(line: str) -> None:
    name = "Harbour Law Office"
    sent = SentUpdate(
        above=f"{name} posted an update on case 2026-77, Hafenstr. 7:",
        text="Please bring the contract and the last statements.\n\nDoes the heating work again?",
        below="Answer this mail to post an update on the case.",
        signs=("updates@cases.example", f"{name} (Casework)", "[2026-77] Hafenstr. 7"),
    )
    quote = "\n\n".join(f"  {text}" for part in (sent.above, sent.text, sent.below) for text in part.split("\n\n"))
    attribution = line.format(name=name, address="updates@cases.example")
    for own in ("Yes.\n\nIt does.", "- two keys\n- the blue folder"):
        assert own_words(extract(f"{attribution}\n\n{quote}\n\n{own}\n"), [sent]).text == own
        assert own_words(extract(f"{own}\n\n{attribution}\n\n{quote}\n"), [sent]).text == own


@pytest.mark.parametrize("sign", ["HL>", "H>", "HLB>", "AB>", "ЖД>", "JS>"])
def test_an_older_thread_with_initials_below_a_known_update_is_a_quote(sign: str) -> None:
    sent = SentUpdate(
        above="Harbour posted an update:",
        text="Please bring the contract and the statements.",
        below="Answer this mail.",
        signs=("updates@cases.example", "Harbour", "Papers"),
    )
    quote = "\n".join(f"{sign} {text}" for text in (sent.above, sent.text, sent.below))
    older = f"{sign} Wednesday, November 25, 2026, 10:26:33 AM, you wrote:\n{sign}\n{sign} {sign} The lamp is broken."
    text = f"Wednesday, December 2, 2026, 10:26:33 AM, you wrote:\n\n{quote}\n{sign}\n{older}\n\nI come.\n"
    assert own_words(extract(text), [sent]).text == "I come."
