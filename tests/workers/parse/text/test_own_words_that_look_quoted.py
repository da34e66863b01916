# ruff: noqa: RUF001  # the data is in many alphabets
"""The author's own words stay, even if they look like a quote, a signature or a notice."""

import pytest

from workers.parse.text.reply import extract

KEPT = (
    ("a saying with a date", "On Monday I wrote to the court and they wrote:\nWe have no such file."),
    ("a saying with a full date", "On 3 May 2024 I wrote to the court and they wrote:\nWe have no such file."),
    ("a saying with a date and a time", "On 3 May 2024 at 10:00 the clerk wrote:\nWe have no such file.\nThat is all."),
    ("a saying with an address and no brackets", "On 3 May 2024 I asked clerk@x.example and she wrote:\nNo such file."),
    ("a German saying", "Am 3. Mai 2024 schrieb mir das Gericht:\nEs gibt keine Akte."),
    ("a French saying", "Le 3 mai 2024 le greffe a écrit :\nIl n'y a pas de dossier."),
    ("a Spanish saying", "El 3 de mayo de 2024 el juzgado escribió:\nNo hay expediente."),
    ("a Polish saying", "Dnia 3 maja 2024 sąd napisał:\nNie ma takich akt."),
    ("a Russian saying", "3 мая 2024 года суд написал:\nТакого дела нет."),
    ("a Chinese saying", "2024年5月3日法院写道：\n没有这个案件。"),
    ("a Thai saying", "เมื่อวันที่ 3 พ.ค. 2567 ศาลเขียนว่า:\nไม่มีคดีนี้"),
    ("a Hebrew saying", "בתאריך 3 במאי 2024 בית המשפט כתב:\nאין תיק כזה."),
    ("an Arabic saying", "في 3 مايو 2024 كتبت المحكمة:\nلا يوجد ملف."),
    ("wrote, and a list", "He wrote:\n- pay\n- leave\nI refused."),
    ("a quote that the person put there", "He wrote this to me:\n> I will not pay.\nSo I left."),
    ("a quote put there, and nothing after it", "The lease says:\n\n> No dogs."),
    ("a quote in the midst", "I read clause 4.\n\n> No dogs.\n\nIt is void."),
    ("a poem", "A poem for you:\n> Roses are red\n> violets are blue"),
    ("a comparison", "It is wrong because\n5 > 4 and\n4 < 5."),
    ("an arrow", "-> first to the court\n-> then home"),
    ("code", "if a > b:\n    return a\n--verbose is set\nfrom: x"),
    ("a shell", "$ ls > out.txt\n$ cat out.txt"),
    ("a journey", "From: London\nTo: Paris\nDate: 3 May\nI have the tickets."),
    ("a journey in German", "Von: Berlin\nAn: Bonn\nDatum: 3. Mai\nIch habe die Karten."),
    ("two labels", "From: Anna\nSubject: the fence\nThat is what I sent."),
    ("a form", "Name: Anna Smith\nDate: 3 May 2024\nSubject: fence\nAmount: 120"),
    ("a table", "Item | Cost\n-----|-----\nFee  | 12\nTax  | 3"),
    ("a table of rules", "+-----+-----+\n| a   | b   |\n+-----+-----+"),
    ("a heading with a rule", "The facts\n---------\nI was there."),
    ("a line of dashes between words", "First part.\n\n-----\n\nSecond part."),
    ("a line of underscores between words", f"Sign here:\n\n{'_' * 32}\n\nand send it back."),
    ("a form to fill in", f"Name: {'_' * 20}\nDate: {'_' * 20}"),
    ("a list with double dashes", "-- one\n-- two\n-- three"),
    ("an aside with dashes", "He said no\n-- and he meant it --\nso I went."),
    ("one's address", "My new address is\n\nAnna Smith\n12 High Street\nLondon\n+44 20 7946 0958\n\nfrom 1 June on."),
    ("one's details when asked", "My details are:\n\nAnna Smith\n+44 20 7946 0958\nanna@x.example"),
    ("witnesses", "The witnesses are\n\nAnna Smith\nBob Jones\nCarol King"),
    ("a name alone", "I agree.\n\nKind regards\n\nAnna Smith"),
    ("a sentence under one's name", "I agree.\n\nAnna Smith\nPlease ring me on +44 20 7946 0958 before noon."),
    ("another's card", "Please ring the surveyor.\n\nBob Jones\nJones and Sons\n+44 20 7946 0958"),
    ("a telephone number", "Ring me on\n+44 20 7946 0958"),
    ("where a photograph came from", "The picture was\n\nsent from my brother's iPhone on Monday, as he says."),
    ("a package", "Samsung telefonu kargoya verildi ve gönderildi"),
    ("about telephones", "Nothing is sent from my iPhone any more."),
    ("about a confidential paper", "Yes.\n\nThe report is confidential and may be privileged, so keep it in the safe."),
    ("about a mail that went astray", "Yes.\n\nThe e-mail came to me in error and I will notify the sender tomorrow."),
    ("about a mailing list", "Please stop.\n\nI want to unsubscribe from the mailing list of the firm."),
    ("about forwarding", "He says the forwarded message: is gone.\nI never got it."),
    ("about an original", "Original Message\nis what the label says."),
    ("a colon at the end", "The court is at 12 Hill Road and opens at 10:00:\nbring the papers."),
    (
        "the log of a machine",
        "Linux 2.6.16 (builder@patchbat.example) (gcc 4.0.1 20050727) #1 SMP Thu 08:41:26 2006\nBIOS map:\nXen: 0",
    ),
    ("a prompt", "I typed:\nSQL> select 1;\nSQL> quit"),
    ("a log", "2024-05-03 10:00:00 start\n2024-05-03 10:00:01 stop"),
    ("a time table", "10:00 Anna <anna@x.example>\n11:00 Bob <bob@x.example>"),
    ("addresses", "Please add:\nAnna <anna@x.example>\nBob <bob@x.example>"),
    ("headings with a colon", "To:\nthe judge\n\nFrom:\nAnna\n\nI plead not guilty."),
    ("chat", "[10:00] Anna: hello\n[10:01] Bob: hello"),
    ("a quotation in marks", 'On 3 May 2024 he said: "I will pay."'),
)


@pytest.mark.parametrize(("name", "text"), KEPT, ids=[name for name, _ in KEPT])
def test_own_words_that_look_like_something_else_stay(name: str, text: str) -> None:
    reply = extract(text, author="Anna Smith")
    assert (reply.text, reply.cut) == (text, ())


@pytest.mark.parametrize(("name", "text"), KEPT, ids=[name for name, _ in KEPT])
def test_they_stay_above_a_quote_too(name: str, text: str) -> None:
    quote = "On Fri, May 3, 2024 at 10:00 AM Desk <d@in.example> wrote:\n\n> The hearing is on 12 May."
    assert extract(f"{text}\n\nThank you.\n\n{quote}\n", author="Anna Smith").text == f"{text}\n\nThank you."


SIGNED = (
    ("a card", "I agree.\n\nAnna Smith\nPartner\n+44 20 7946 0958", "I agree."),
    (
        "a card under a closing",
        "I agree.\n\nKind regards,\nAnna Smith\nPartner, Smith LLP",
        "I agree.\n\nKind regards,",
    ),
    (
        "a card with a gap",
        "Ok.\n\nViele Grüße\n\nAnna Smith\nRechtsanwältin\n\nwww.smith.example",
        "Ok.\n\nViele Grüße",
    ),
    ("a card under a rule", "I agree.\n\n----------\nAnna Smith\nPartner\nSmith LLP\n+44 20 7946 0958", "I agree."),
    ("a card with stars", "Ok.\n\n*Anna Smith*\nPartner\nanna@x.example", "Ok."),
)


@pytest.mark.parametrize(("name", "text", "own"), SIGNED, ids=[row[0] for row in SIGNED])
def test_the_card_of_the_author_is_cut(name: str, text: str, own: str) -> None:
    assert extract(text, author="Anna Smith").text == own
    assert extract(text, author="Smith, Anna").text == own
    assert extract(text, author="Bob Jones").text == text
    assert extract(text).text == text
