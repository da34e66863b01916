# ruff: noqa: RUF001, E501  # the data is in many alphabets, and a line of a mail stays on one line
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


#: Quotes that a program broke at one width, with a rest of several lines, in a thread, at the end, with other signs.
OF_ONE_WIDTH = (
    (
        "> Veuillez apporter le bail et les trois derniers relevés\nbancaires.\n>\n"
        "> Le dossier est complet, mais il manque une signature sur\nla page sept.\n"
    ),
    (
        "> Возьмите с собой договор и три последние\nвыписки из банка.\n>\n"
        "> Заседание по делу назначено на утро\nчетверга в зале.\n"
    ),
    (
        "> > The landlord repaired the stairs of the house, and the\nlamp too.\n> >\n"
        "> > On Monday, 2 February 2026 at 10:00 the desk of the\nharbour <desk@housing.example> wrote:\n> >\n"
        "> > > Please send us the meter readings of all the rooms in\nthe flat.\n> > >\n"
    ),
    (
        "> A person from the water company comes on Wednesday, and\nsomebody has to be at home to open the door of the shop\n"
        "on the corner and of the cellar.\n>\n> Please say by Monday whether one of you can be there or\nnot.\n> Bye\n"
    ),
)


@pytest.mark.parametrize("quote", OF_ONE_WIDTH)
def test_rests_of_one_width_are_quoted_below_own_words(quote: str) -> None:
    assert extract(HEAD + quote).text == "Done."


@pytest.mark.parametrize("quote", OF_ONE_WIDTH)
def test_without_own_words_above_the_lines_below_quoted_lines_stay(quote: str) -> None:
    head = HEAD.removeprefix("Done.\n\n")
    rest = next(line for line in quote.splitlines() if not line.startswith(">"))
    assert rest in extract(head + quote).text.splitlines()


def test_answers_below_ends_of_sentences_stay() -> None:
    quote = (
        "> Please lock the door of the cellar and bring the keys.\ndone\n"
        "> Did you pay the rent for June by transfer or in cash?\nyes, by transfer\n> Bye\n"
    )
    assert "yes, by transfer" in extract(HEAD + quote).text.splitlines()


#: Attributions within a quote, of which a program broke the last words off.
ATTRIBUTIONS = (
    ("> > On Fri, Nov 27, 2026 at 11:40:33AM +0100, Harbour Office", "wrote:"),
    ("> > On Fri, 27 Nov 2026 at 11:40, Harbour", "Office <harbour@office.example> wrote:"),
    ("> > Zitat von Kanzlei Hafen", "<fristen@office.example>:"),
    ("> > Am Fr., 27. Nov. 2026 um 11:40 Uhr schrieb Kanzlei Hafen", "<fristen@office.example>:"),
    ("> > Le ven. 27 nov. 2026 à 11:40, Cabinet Port", "<greffe@office.example> a écrit :"),
    ("> > Em 27/11/2026 11:40, Bo Clerk", "escreveu:"),
    ("> > Il giorno 27 nov 2026, alle ore 11:40, Bo Clerk", "<bo@office.example> ha scritto:"),
    ("> > El 27 nov 2026, a las 11:40, Bo Clerk", "<bo@office.example> escribió:"),
    ("> > 27.11.2026 11:40, Bo Clerk", "<bo@office.example> пишет:"),
    ("> > Op vr 27 nov 2026 om 11:40 schreef Bo Clerk", "<bo@office.example>:"),
    ("> > Dne 27. 11. 26 v 11:40 Bo Clerk", "napsal(a):"),
    ("> > On Fri, 27 Nov 2026 11:40:33 +0900\n> > Bo Clerk", "<bo@office.example> wrote:"),
)


@pytest.mark.parametrize(("begin", "rest"), ATTRIBUTIONS)
def test_the_rest_of_an_attribution_within_a_quote_is_quoted(begin: str, rest: str) -> None:
    quote = f"> Please tell us which day suits you.\n>\n{begin}\n{rest}\n> >\n> > > The heating works.\n"
    assert extract(HEAD + quote).text == "Done."


@pytest.mark.parametrize("answer", ["Yes:", "My answer:", "I asked, and Bo wrote:", "Bo Clerk:", "wrote:"])
def test_an_answer_that_ends_with_a_colon_below_a_quoted_line_stays(answer: str) -> None:
    assert answer in extract(f"{HEAD}> Which day suits you?\n{answer}\n> Please tell us.\n").text.splitlines()


OWN = "The lamp in the hall is broken, and the landlord knows about\nit.\n\n"
ATTRIBUTION = "On Tue, 3 Feb 2026 at 09:10, Desk <desk@housing.example> wrote:\n\n"
#: The only rest of a mail: the end of a quoted paragraph, in a mail with other lines broken at the same width.
ENDS = (
    "> Please bring the contract and the last three statements of\nyour bank.\n>\n> Greetings\n",
    "> Please bring the contract and the last three statements of\nyour bank.\n",
    "> > Please bring the contract and the last three statements\nof your bank.\n> >\n> > Greetings\n",
    "> Bitte bringen Sie den Vertrag und die letzten drei Auszüge\nmit.\n>\n> Danke\n",
    "> Bitte bringen Sie den Vertrag und die letzten drei Auszüge\nmit.\n",
    "> Veuillez apporter le bail et les trois derniers relevés de\nla banque.\n>\n> Merci\n",
    "> Traiga por favor el contrato y los tres últimos extractos\ndel banco.\n>\n> Gracias\n",
    "> Возьмите с собой договор и три последние выписки по счёту\nиз банка.\n>\n> До встречи\n",
    "> Ta med avtalet och de tre senaste kontoutdragen till sal 9\neller 12.\n>\n> Hej\n",
    "> Ottakaa mukaan sopimus ja kolme viimeistä tiliotetta oman\npankin.\n>\n> Terveisin\n",
    "> Vezměte si prosím smlouvu a poslední tři výpisy z účtu 9.\nčervna.\n>\n> Děkujeme\n",
    "> Proszę zabrać umowę i trzy ostatnie wyciągi z konta swego\nbanku.\n",
)


@pytest.mark.parametrize("quote", ENDS)
def test_the_end_of_a_quoted_paragraph_is_quoted_if_other_lines_are_broken_too(quote: str) -> None:
    assert extract(f"{OWN}{ATTRIBUTION}{quote}").text == OWN.strip()


@pytest.mark.parametrize("quote", ENDS)
def test_it_stays_if_no_other_line_is_broken(quote: str) -> None:
    rest = next(line for line in quote.splitlines() if not line.startswith(">"))
    assert rest in extract(f"Yes.\n\n{ATTRIBUTION}{quote}").text.splitlines()


@pytest.mark.parametrize("answer", ["yes", "ok.", "on Tuesday", "14:30", "Tomorrow.", "done"])
@pytest.mark.parametrize("below", ["", ">\n> Greetings\n", "> and the rest.\n"])
def test_an_answer_in_a_mail_of_broken_lines_stays(answer: str, below: str) -> None:
    for above in ("> Which day suits you?", "> The key\n> The lamp", "> " + "Please bring the contract. " * 2):
        text = f"{OWN}{ATTRIBUTION}{above.rstrip()}\n{answer}\n{below}"
        assert answer in extract(text).text.splitlines()
