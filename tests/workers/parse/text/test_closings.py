# ruff: noqa: RUF001  # the data is in many alphabets
"""A closing or the author's name below the quote is cut with the quote; an answer below the quote stays."""

import pytest

from workers.parse.text.reply import extract

QUOTE = "On Tue, 3 Feb 2026 at 09:10, Desk <desk@housing.example> wrote:\n\n> Does the day suit?\n> Please answer.\n"
QUESTION = "On Tue, 3 Feb 2026 at 09:10, Desk <desk@housing.example> wrote:\n\n> Who comes?\n"
AUTHOR = "Eva Lund"

CLOSINGS = (
    "Best regards, Eva",
    "Kind regards,\nEva Lund",
    "Yours sincerely\n\nEva Lund\nTreasurer",
    "Cheers,\nEva",
    "Many thanks,\nEva",
    "Best,\nE. Lund",
    "Mit freundlichen Grüßen\nEva Lund",
    "Viele Grüße\nEva",
    "LG Eva",
    "MfG\nE. Lund",
    "Cordialement,\nEva Lund",
    "Bien à vous\nEva",
    "Un saludo,\nEva",
    "Saludos cordiales",
    "Cordiali saluti\nEva Lund",
    "Atenciosamente,\nEva Lund",
    "Met vriendelijke groet,\nEva",
    "Z poważaniem\nEva Lund",
    "С уважением,\nЕва",
    "З повагою\nЄва",
    "Med vänlig hälsning\nEva Lund",
    "Mvh Eva",
    "Med venlig hilsen\nEva",
    "Ystävällisin terveisin\nEva Lund",
    "S pozdravem\nEva Lund",
    "Saygılarımla,\nEva Lund",
    "Üdvözlettel:\nEva",
    "Cu stimă,\nEva Lund",
    "Με εκτίμηση\nEva",
    "Lep pozdrav\nEva",
    "Lugupidamisega\nEva Lund",
    "Ar cieņu\nEva",
    "Pagarbiai\nEva Lund",
    "敬具\n田中",
    "祝好\n王伟",
    "مع التحية\nإيفا",
    "בברכה\nאווה",
    "ด้วยความนับถือ\nEva",
    "Trân trọng,\nEva",
    "Salam,\nEva",
    "Kindest regards,\nEva",
    "Thanks and regards,\nEva",
    "Mit besten Grüßen aus Kiel\nEva",
    "Hartelijke groeten,\nEva Lund",
    "Salutations distinguées\nEva Lund",
    "Eva Lund",
    "Dr. Eva Lund",
    "Lund, Eva",
    "Eva M. Lund\nTreasurer\n+47 22 55 01 99",
)
ANSWERS = (
    "Best regards to your colleague, she was kind.",
    "Kind regards from all of us at the house, and yes.",
    "Many thanks",
    "Thanks for the keys",
    "Yes.",
    "Eva, my sister, comes.",
    "Regards\nno",
    "Schöne Grüße an Ihre Kollegin",
    "Viele Grüße, und ja: der Tag passt.",
    "Bob",
    "Best time is noon",
    "Thanks, Tuesday.",
    "The keys are yours\nEva",
    "Regards to Bo, who pays it all\nEva",
    "Lost\nEva",
)


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_closing_below_the_quote_is_cut_with_the_quote(closing: str) -> None:
    assert extract(f"It suits.\n\n{QUOTE}\n{closing}\n", author=AUTHOR).text == "It suits."


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_closing_below_an_answer_between_the_quotes_is_cut(closing: str) -> None:
    text = f"Hello,\n{QUOTE}\nIt suits.\n\n> And the key?\n\nLost.\n\n> Please answer soon.\n> Your desk\n\n{closing}\n"
    assert extract(text, author=AUTHOR).text == text.partition("\n\n> Please answer soon")[0]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_below_the_quote_stays(answer: str) -> None:
    assert extract(f"It suits.\n\n{QUOTE}\n{answer}\n", author=AUTHOR).text.endswith(answer)


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_closing_that_is_all_that_the_person_wrote_stays(closing: str) -> None:
    assert extract(f"{QUOTE}\n{closing}\n", author=AUTHOR).text.startswith(closing.split("\n", maxsplit=1)[0])


@pytest.mark.parametrize("name", ["Eva Lund", "Eva", "E. Lund"])
def test_a_name_that_answers_a_question_stays(name: str) -> None:
    assert extract(f"See below.\n\n{QUESTION}\n{name}\n", author=AUTHOR).text.endswith(name)


@pytest.mark.parametrize("name", [
    "Eva Lund", "EVA LUND", "Lund Eva", "Lund, Eva", "Dr. Eva Lund", "Eva Lund, MBA", "E. Lund", "Eva L.",
    "Eva M. Lund", "Eva Maria Lund", "Prof. Dr. E. Lund", "Frau Eva Lund", "*Eva Lund*",
])  # fmt: skip
def test_a_signature_begins_with_any_form_of_the_authors_name(name: str) -> None:
    text = f"It suits.\n\n{name}\nTreasurer, Blue House\nQuay 4, 5003 Bergen\n+47 22 55 01 99\n\n{QUOTE}"
    assert extract(text, author=AUTHOR).text == "It suits."


@pytest.mark.parametrize("name", ["Eva", "Bo Lund", "Eva Berg", "Lund & Sons", "Eva Lund comes", "Eva Lund?"])
def test_a_card_of_somebody_else_stays(name: str) -> None:
    text = f"Please call:\n\n{name}\nTreasurer\n+47 22 55 01 99"
    assert extract(f"{text}\n\n{QUOTE}", author=AUTHOR).text == text


@pytest.mark.parametrize("rule", ["--", "---", "====", "____", "~~", "***", "\u2014", "\u2014\u2014", "====\n"])
def test_a_short_rule_above_a_header_block_is_cut(rule: str) -> None:
    block = "From: Desk <desk@housing.example>\nSent: 03/02/2026 09:10\nTo: eva@people.example\nSubject: Your case"
    assert extract(f"It suits.\n\n{rule}\n\n{block}\n\nDoes the day suit?").text == "It suits."


@pytest.mark.parametrize("rule", ["__", "~~", "***", "\u2014", "--\u00a0", "---", "****", "====="])
def test_a_rule_above_the_authors_name_and_role_is_cut(rule: str) -> None:
    assert extract(f"It suits.\n\n{rule}\nEva Lund\nTreasurer\n\n{QUOTE}", author=AUTHOR).text == "It suits."


@pytest.mark.parametrize("own", [
    "It suits.\n\n---\n\nThe second matter is the key.",
    "- two keys\n- a book",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "It suits.\n\n***\nBo Berg pays the rent.",
    "\u2014 two keys\n\u2014 a book",
    "It suits.\n====\nDone.",
])  # fmt: skip
def test_dashes_in_own_words_stay(own: str) -> None:
    assert extract(f"{own}\n\n{QUOTE}", author=AUTHOR).text == own
