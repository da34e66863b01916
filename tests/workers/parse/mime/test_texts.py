"""Which parts are the words: named bodies, rare types of text, stubs, and texts of nothing visible.

Longer than other files, as most of it is tables.
"""

import pytest

from schemas.visible_text import is_blank
from tests.builders.small_mails import file, mail, multipart, part, read, text, whole, words

PDF = file("plan.pdf", b"%PDF-1.7\n%%EOF\n" * 9)
YES = "Yes, on Friday."
HTML = "<p>Yes, on Friday.</p>"


def named(name: str, kind: str = "plain", body: str = YES, disposition: str = "") -> bytes:
    """Returns a text part with a name."""
    fields = (f'Content-Type: text/{kind}; charset=utf-8; name="{name}"',)
    return part(
        *fields, *([f'Content-Disposition: {disposition}; filename="{name}"'] if disposition else []), body=body
    )


def nested(kind: str, *parts: bytes, boundary: str = "inner") -> bytes:
    """Returns a multipart as a part."""
    field, body = multipart(kind, *parts, boundary=boundary)
    return part(field, body=body)


NAMED: tuple[tuple[str, bytes, list[str]], ...] = (
    ("both forms", whole("alternative", named("body.txt"), named("body.html", "html", HTML)), []),
    (
        "both forms, inline",
        whole("alternative", named("a.txt", disposition="inline"), named("a.htm", "html", HTML, "inline")),
        [],
    ),
    ("only the HTML form", whole("alternative", text(YES), named("message.html", "html", HTML)), []),
    ("only the plain form", whole("alternative", named("text.txt"), text(HTML, "html")), []),
    ("the HTML in related", whole("related", named("mail.html", "html", HTML), file("a.pdf", b"1")), ["a.pdf"]),
    (
        "the forms in mixed",
        whole("mixed", nested("alternative", named("x.txt"), named("x.html", "html", HTML)), PDF),
        ["plan.pdf"],
    ),
    ("first in mixed", whole("mixed", named("message.txt", disposition="inline"), PDF), ["plan.pdf"]),
    ("first, without a disposition", whole("mixed", named("Nachricht.txt"), PDF), ["plan.pdf"]),
    ("first, with a subject for its name", whole("mixed", named("Re Case 1.txt"), PDF), ["plan.pdf"]),
    (
        "first, with a name without an ending",
        whole("mixed", named("Part 1.2", disposition="inline"), PDF),
        ["plan.pdf"],
    ),
    ("only HTML, first", whole("mixed", named("untitled.htm", "html", HTML, "inline"), PDF), ["plan.pdf"]),
    (
        "below a picture",
        whole("mixed", file("a.pdf", b"1", "application/pdf"), named("body.txt", disposition="inline")),
        ["a.pdf"],
    ),
    ("the whole mail", mail('Content-Type: text/plain; name="x.txt"', body=YES), []),
    ("the whole mail, as an attachment without a name", mail("Content-Disposition: attachment", body=YES), []),
    ("markdown", whole("mixed", named("reply.md", "markdown", disposition="inline"), PDF), ["plan.pdf"]),
)


@pytest.mark.parametrize(("name", "raw", "files"), NAMED, ids=[row[0] for row in NAMED])
def test_a_body_that_has_a_name_is_the_words(name: str, raw: bytes, files: list[str]) -> None:
    result = read(raw)
    assert (words(result), [one.name for one in result.attachments]) == (YES, files)


def test_a_named_body_above_the_footer_of_a_list_is_read_with_it() -> None:
    result = read(whole("mixed", named("body.txt", disposition="inline"), text("The list's footer")))
    assert (words(result), result.attachments) == (f"{YES}\nThe list's footer", ())


FILES = (
    ("attached", named("notes.txt", disposition="attachment")),
    ("below the words", named("body.txt", disposition="inline")),
    ("a log", named("a.log", disposition="inline")),
    ("a page", named("page.html", "html", HTML, "inline")),
    ("a table", named("a.csv", "csv", "a;b", "inline")),
    ("an appointment", named("a.ics", "calendar", "BEGIN:VCALENDAR", "inline")),
    ("markdown", named("README.md", "markdown", disposition="inline")),
)


@pytest.mark.parametrize(("name", "attached"), FILES, ids=[row[0] for row in FILES])
def test_a_text_with_a_name_beside_words_stays_a_file(name: str, attached: bytes) -> None:
    result = read(whole("mixed", text("See the file."), attached))
    assert (words(result), len(result.attachments)) == ("See the file.", 1)


def test_a_text_file_dragged_above_the_words_stays_a_file() -> None:
    result = read(whole("mixed", named("Angebot Dach.txt", body="x"), text(YES)))
    assert (words(result), [one.name for one in result.attachments]) == (YES, ["Angebot Dach.txt"])


@pytest.mark.parametrize("name", ["a.log", "data.csv", "script.py", "plan.pdf"])
def test_a_file_of_text_is_no_body_even_if_there_is_no_other_text(name: str) -> None:
    result = read(whole("mixed", named(name, disposition="inline"), PDF))
    assert (words(result), [one.name for one in result.attachments]) == ("", [name, "plan.pdf"])


RARE = (
    ("enriched", "enriched", "Yes, <bold>on</bold> Friday."),
    ("enriched, with parameters", "enriched", "<color><param>red</param>Yes</color>, on\nFriday."),
    ("enriched, in capital letters", "ENRICHED", "<FontFamily><Param>Times</Param>Yes,</FontFamily> on Friday."),
    ("richtext", "richtext", "Yes, <italic>on</italic> Friday.<comment>draft</comment>"),
    ("richtext, over two lines", "richtext", "Yes, on\nFriday.<nl>"),
    ("markdown", "markdown", YES),
    ("markdown, old name", "x-markdown", YES),
    ("markdown of a web program", "x-web-markdown", YES),
    ("an unknown type, first", "x-anything", YES),
)


@pytest.mark.parametrize(("name", "kind", "body"), RARE, ids=[row[0] for row in RARE])
def test_words_of_a_rare_type_are_words_alone_and_beside_a_file(name: str, kind: str, body: str) -> None:
    assert words(read(mail(f"Content-Type: text/{kind}", body=body))) == YES or kind == "x-anything"
    result = read(whole("mixed", text(body, kind), PDF))
    assert (words(result), [one.name for one in result.attachments]) == (YES, ["plan.pdf"])


def test_enriched_text_keeps_paragraphs_angle_brackets_and_quotes() -> None:
    body = "One\nline.\n\nTwo: 1 << 2.\n\n\n<nofill>a\nb</nofill><excerpt>old\n\nmore</excerpt>"
    result = read(mail("Content-Type: text/enriched", body=body))
    assert words(result) == "One line.\nTwo: 1 < 2.\n\na\nb"
    assert result.body is not None
    assert [cut.text.split() for cut in result.body.cut] == [["old", "more"]] or "> old" in result.body.cut[0].text


NO_WORDS = ("calendar; method=REQUEST", "calendar", "vcard", "x-vcard", "csv", "css", "directory")


@pytest.mark.parametrize("kind", NO_WORDS)
def test_the_source_of_an_appointment_or_card_is_nobodys_words(kind: str) -> None:
    for raw in (mail(f"Content-Type: text/{kind}", body="BEGIN:X"), whole("mixed", text("BEGIN:X", kind))):
        assert words(read(raw)) == ""


STUBS = (
    "Your mail program cannot show HTML.",
    "Your e-mail program does not support this message format.",
    "This is an HTML message.",
    "To view this message, please use another e-mail program.",
    "Ihr E-Mail-Programm kann diese Nachricht nicht darstellen.",
    "Dies ist eine HTML-Nachricht.",
    "Votre logiciel de messagerie ne peut pas afficher ce message.",
    "Su programa de correo no admite este formato.",
    "Il tuo programma di posta non supporta questo formato di messaggio.",
    "Uw e-mailprogramma kan dit bericht niet weergeven.",
    "Twój program pocztowy nie obsługuje tego formatu.",
    "Ваша почтовая программа не поддерживает этот формат.",
    "Din e-postläsare stöder inte det här formatet.",
    "Az Ön levelezőprogramja nem támogatja ezt a formátumot.",
    "お使いのメールソフトはこの形式に対応していません。",
    "您的邮件程序不支持此格式 请更换程序查看。",
    "This message is in MIME format. Since your mail reader does not understand this format, it may not be legible.",
)


@pytest.mark.parametrize("stub", STUBS)
def test_a_stub_never_wins_over_the_words_in_the_html(stub: str) -> None:
    html = "<html><body><p>Friday is fine, the key is with the neighbour.</p></body></html>"
    assert words(read(whole("alternative", text(stub), text(html, "html")))) == (
        "Friday is fine, the key is with the neighbour."
    )


def test_a_stub_is_kept_if_the_html_shows_nothing() -> None:
    for html in ("", "<p> </p>", "<p>\u200b</p>"):
        assert words(read(whole("alternative", text(STUBS[1]), text(html, "html")))) == STUBS[1]


NO_STUBS = (
    ("the same words", "Friday is fine.", "<p>Friday is fine.</p>"),
    ("letters as entities", "Grüße, für Sie geöffnet.", "<p>Gr&uuml;&szlig;e, f&uuml;r Sie ge&ouml;ffnet.</p>"),
    ("words with markup between them", "Friday is fine.", "<p><b>Fri</b>day&nbsp;is<i> fine</i>.</p>"),
    ("a signature in the HTML only", "Friday is fine.", "<p>Friday is fine.</p><p>Anna Smith, Smith Ltd, London</p>"),
    ("a single word", "Yes.", "<p>OK</p>"),
    ("Japanese", "金曜日は家にいます。よろしく。", "<p>金曜日は家に<br>います。よろしく。</p>"),
    ("other line ends", "one two three four\nfive six seven", "<p>one two three four five six seven</p>"),
    (
        "links",
        "See https://a.example/b?c=1 for it, please do.",
        "<p>See <a href='https://a.example/b?c=1'>for</a> it, please do.</p>",
    ),
)


@pytest.mark.parametrize(("name", "plain", "html"), NO_STUBS, ids=[row[0] for row in NO_STUBS])
def test_the_plain_form_of_the_words_is_preferred(name: str, plain: str, html: str) -> None:
    assert words(read(whole("alternative", text(plain), text(html, "html")))) == plain


BLANK = (
    *("", " \n\t", "\u200b", "\ufeff", "\u00ad", "\u00a0\u00a0", "\u2060", "\u200d\u200c", "\u3164", "\uffa0\u115f"),
    *("\u2800", "\u034f", "\u180e", "\ufe0f", "\u2003\u3000", "\u061c\u200e", "\U000e0001", "\r\n\u200b\r\n"),
)
SEEN = ("a", "\u200ba", "👍", "❤\ufe0f", "はい", "?", "\u0301a", "ㅋ", "نعم", "\u200b金")


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
def test_nothing_visible_is_blank_and_never_wins_over_the_html(blank: str) -> None:
    assert is_blank(blank)
    assert words(read(whole("alternative", text(blank), text(HTML, "html")))) == YES


@pytest.mark.parametrize("blank", BLANK, ids=ascii)
@pytest.mark.parametrize("kind", ["plain", "enriched", "markdown", "richtext", "x-markdown"])
def test_a_blank_form_never_wins_over_another_form_of_plain_text(blank: str, kind: str) -> None:
    for forms in ((text(blank), text(YES, kind)), (text(blank, kind), text(YES))):
        assert words(read(whole("alternative", *forms))) == YES
        assert words(read(whole("alternative", text(blank), *forms))) == YES
        assert words(read(whole("mixed", nested("alternative", *forms), PDF))) == YES


def test_of_two_plain_forms_with_words_the_first_is_read() -> None:
    assert words(read(whole("alternative", text(YES), text("Yes, on *Friday*.", "markdown")))) == YES


def test_alternatives_that_are_all_blank_are_blank() -> None:
    assert words(read(whole("alternative", text(""), text(" ")))).strip() == ""


@pytest.mark.parametrize("seen", SEEN, ids=ascii)
def test_whatever_can_be_seen_is_not_blank(seen: str) -> None:
    assert not is_blank(seen)


PLAIN_UNDER_BASE64 = (
    *(
        "Friday is fine, the key is with Mr. Falk.",
        "Fine",
        "Ok then",
        "Yes!",
        "Ja, am Freitag geht es.\n\nGrüße\nEva",
    ),
    *(
        "Да, в пятницу.",
        "See https://a.example/a/long/path/that/goes/on/and/on?and=on please, before Friday.",
        "Okay good",
    ),
    *("Yes please\n\n-- \nAnna", "1. yes\n2. no"),
)


@pytest.mark.parametrize("body", PLAIN_UNDER_BASE64)
def test_words_that_only_say_that_they_are_base64_are_read(body: str) -> None:
    result = read(mail("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", body=body))
    assert words(result) == body.partition("\n\n-- \n")[0]
    assert any("plain text" in defect for defect in result.defects)


@pytest.mark.parametrize(
    ("body", "shown"), [("WWVz", "Yes"), ("R3LDvMOfZQ==", "Grüße"), ("WWVzLg==\n-- \nfooter words", "Yes.")]
)
def test_words_in_base64_are_decoded(body: str, shown: str) -> None:
    assert words(read(mail("Content-Transfer-Encoding: base64", body=body))) == shown
