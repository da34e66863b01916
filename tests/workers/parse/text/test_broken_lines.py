"""The rest of a quoted line that a program broke belongs to the quote; an answer between quoted lines stays."""

import pytest

from workers.parse.text.reply import extract

HEAD = "Done.\n\nOn Tue, 3 Feb 2026 at 09:10, Desk <desk@housing.example> wrote:\n\n"

BROKEN = (
    "> See https://forms.example.org/open?id=77&lang=\nen&key=0af31b\n> and sign.\n",
    "> See https://forms.example.org/open?id=77&lang=en\n&key=0af31b&page=4\n> and sign.\n",
    "> https://tracker.example.net/click/aGVsbG8%\n3D%3D?u=31\n> Thank you.\n",
    "> https://a.example/ls/click?upn=u001.abc_\n12345\n>\n> Your desk\n",
    "> Open the form <https://forms.example.org/very/long/\npath/77> and sign\n> it.\n",
    "> Open (https://forms.example.org/c/QmFsbG9v\nbg)\n> and sign it.\n",
    "> Open the form\n <https://forms.example.org/c/QmFsbG9v> >\n> and sign.\n",
    "> Open the form\n<https://forms.example.org/c/QmFsbG9v>\n> and sign.\n",
    "> Open the form\n(https://forms.example.org/c/QmFsbG9v)\n> before Tuesday.\n",
    "> Write to us <mailto:desk@\nhousing.example>\n> soon.\n",
    (
        "> Please bring the contract and the last three statements of\nthe bank\n"
        "> and tell us before Tuesday whether the appointment in the\nsecond week\n> of March would be possible.\n"
    ),
    (
        "> Bitte bringen Sie den Vertrag und die letzten drei\nKontoauszüge mit,\n"
        "> damit wir den Antrag noch in dieser Woche an das Amt\nschicken können.\n> Danke.\n"
    ),
)
ANSWERS = ("ok", "yes", "done", "no, 14:30", "Ja", "3", "yes/no", "Friday suits me", "www.example.org", "a=b?")


@pytest.mark.parametrize("quote", BROKEN)
def test_the_rest_of_a_broken_line_is_quoted(quote: str) -> None:
    assert extract(HEAD + quote).text == "Done."


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("above", [
    "> Is it repaired?",
    "> Please bring the contract, the keys and the statements of the bank,",
    "> https://forms.example.org/open",
    "> Open the form <https://forms.example.org/c/QmFsbG9v>",
])  # fmt: skip
def test_a_short_answer_between_quoted_lines_stays(above: str, answer: str) -> None:
    assert answer in extract(f"{HEAD}{above}\n{answer}\n> and the rest.\n").text.splitlines()


def test_answers_directly_below_lines_of_different_lengths_stay() -> None:
    quote = (
        "> Please lock the door of the cellar and bring two keys\ndone\n> Did you pay the rent for June\nyes\n> Bye\n"
    )
    found = extract(HEAD + quote).text.splitlines()
    assert "done" in found
    assert "yes" in found


def test_a_link_that_is_the_answer_stays() -> None:
    text = f"{HEAD}> Where is the photo?\nhttps://photos.example/a=1&b=2\n> Thank you.\n"
    assert "https://photos.example/a=1&b=2" in extract(text).text
