"""The body, the files and the pictures of a mail.

Longer than other files, as its tests share their helpers.
"""

import pytest

from schemas.reasons import Reason
from schemas.records import Attachment
from tests.builders import relative_cost
from tests.builders.small_mails import FROM, HEAD, file, mail, multipart, part, read, refuse, text, whole, words
from workers.parse.limits import OverLimitError
from workers.parse.mime.structure import open_parts

PDF = bytes(range(256)) * 40
COST = 200  # units, see tests.builders.relative_cost
HTML_STUB = "Your mail program cannot show HTML."


def nested(kind: str, *parts: bytes, boundary: str) -> bytes:
    """Returns a multipart that contains these parts, as a part of a mail."""
    field, body = multipart(kind, *parts, boundary=boundary)
    return part(field, body=body)


def names(raw: bytes) -> list[str]:
    """Reads a mail; returns the names of its files."""
    return [attachment.name for attachment in read(raw).attachments]


BODIES = (
    ("plain", mail(body="Yes."), "Yes."),
    ("no content type, 8-bit", mail(body="Gr\u00fc\u00dfe"), "Grüße"),
    ("html only", mail("Content-Type: text/html", body="<p>Yes.</p>"), "Yes."),
    ("both, the plain one", whole("alternative", text("plain"), text("<p>rich</p>", "html")), "plain"),
    ("both, the plain one empty", whole("alternative", text(" \n"), text("<p>rich</p>", "html")), "rich"),
    ("both, the plain one a stub", whole("alternative", text(HTML_STUB), text("<p>rich</p>", "html")), "rich"),
    ("a stub alone", whole("alternative", text(HTML_STUB)), HTML_STUB),
    (
        "related in alternative",
        whole("alternative", text("plain"), nested("related", text("<p>r</p>", "html"), boundary="i")),
        "plain",
    ),
    (
        "alternative in mixed, with a footer",
        whole("mixed", nested("alternative", text("plain"), text("<p>r</p>", "html"), boundary="i"), text("footer")),
        "plain\nfooter",
    ),
    ("words around a file", whole("mixed", text("one"), file("a.pdf", PDF), text("two")), "one\ntwo"),
    ("signed", whole("signed", text("Yes."), file("s.asc", b"x", "application/pgp-signature")), "Yes."),
    ("enriched alone", mail("Content-Type: text/enriched", body="Yes."), "Yes."),
    (
        "a text sent as a file without a name",
        whole("mixed", text("Yes."), text("log", "plain", "Content-Disposition: attachment")),
        "Yes.",
    ),
    ("only a file", whole("mixed", file("a.pdf", PDF)), ""),
    ("a multipart without its boundary", mail("Content-Type: multipart/mixed", body="Yes."), "Yes."),
    ("a multipart whose boundary never comes", mail("Content-Type: multipart/mixed; boundary=b", body="Yes."), "Yes."),
    ("a multipart that does not end", mail("Content-Type: multipart/mixed; boundary=b", body="--b\n\nYes."), "Yes."),
    ("quoted-printable", mail("Content-Transfer-Encoding: quoted-printable", body="Gr=C3=BC=\nn"), "Grün"),
    ("base64", mail("Content-Transfer-Encoding: BASE64 ", body="WWVz\nLg=="), "Yes."),
    ("broken base64", mail("Content-Transfer-Encoding: base64", body="WWVzLg"), "Yes."),
    ("unknown encoding", mail("Content-Transfer-Encoding: x-new", body="Yes."), "Yes."),
    (
        "format=flowed",
        mail("Content-Type: text/plain; format=flowed", body="A long \nparagraph.\n\n> quoted \n> too\n\nEnd."),
        "A long paragraph.\n\n> quoted too\n\nEnd.",
    ),
    (
        "charset with a NUL",
        mail(
            "Content-Type: multipart/mixed; boundary=b",
            body='--b\nContent-Type: text/plain; charset="a\0b"\n\nYes.\n--b--',
        ),
        "Yes.",
    ),
)


@pytest.mark.parametrize(("name", "raw", "own"), BODIES, ids=[row[0] for row in BODIES])
def test_the_body_is_found_and_decoded(name: str, raw: bytes, own: str) -> None:
    assert words(read(raw)) == own


def test_broken_encodings_are_noted() -> None:
    assert "broken base64" in read(mail("Content-Transfer-Encoding: base64", body="WWVzLg")).defects[0]
    assert "x-new" in read(mail("Content-Transfer-Encoding: x-new")).defects[0]


def test_a_file_is_described_and_opened_by_the_same_number() -> None:
    raw = whole("mixed", text("See the file."), file("a.pdf", PDF), file("b.bin", b"123", "application/octet-stream"))
    described = tuple(one.model_copy(update={"at": -1, "length": 0, "transfer": ""}) for one in read(raw).attachments)
    common = {"inline": False, "referred": False, "disposition": "attachment", "within": "mixed"}
    assert described == (
        Attachment(part=1, name="a.pdf", declared_type="application/pdf", size=len(PDF), **common),
        Attachment(part=2, name="b.bin", declared_type="application/octet-stream", size=3, **common),
    )
    opened = open_parts(raw)
    assert [opened.payload(number) for number in (1, 2)] == [(PDF, ""), (b"123", "")]


def test_a_part_that_is_not_there_is_an_error_that_says_so() -> None:
    with pytest.raises(IndexError, match="no part 7"):
        open_parts(mail()).payload(7)


BROKEN = (
    ("a character missing", b"QUJDRA"),
    ("data after the end", b"QUI=QUI="),
    ("another character", b"QUJD*A=="),
    ("one character", b"Q"),
)


@pytest.mark.parametrize(("name", "data"), BROKEN, ids=[row[0] for row in BROKEN])
def test_broken_base64_is_never_silently_half_a_file(name: str, data: bytes) -> None:
    broken = part("Content-Disposition: attachment", "Content-Transfer-Encoding: base64", body=data)
    raw = whole("mixed", text("x"), broken)
    assert "base64" in open_parts(raw).payload(1).defect
    assert any("part 1" in defect for defect in read(raw).defects)


def test_uuencoded_files_are_decoded_and_torn_ones_noted() -> None:
    fields = ("Content-Disposition: attachment; filename=a.txt", "Content-Transfer-Encoding: x-uuencode")
    good = part(*fields, body="begin 644 a.txt\n#0V%T\n`\nend\n")
    torn = part(*fields, body="begin 644 a.txt\n#0V%T\n")
    opened = open_parts(whole("mixed", text("x"), good, torn))
    assert opened.payload(1) == (b"Cat", "")
    assert opened.payload(2)[0] == b"Cat"
    assert "uuencoding" in opened.payload(2).defect


def test_an_attached_mail_is_one_opaque_file() -> None:
    field, body = multipart("mixed", file("evil.exe", b"MZ"), boundary="inner")
    inner = mail(field, body=body)
    raw = whole("mixed", text("See."), part("Content-Type: message/rfc822", body=inner))
    [attachment] = read(raw).attachments
    assert (attachment.name, attachment.declared_type) == ("attachment-1.eml", "message/rfc822")
    assert open_parts(raw).payload(1).data == inner


def test_other_forms_of_the_words_are_no_files() -> None:
    amp, ics = text("<html amp4email>", "x-amp-html"), text("BEGIN:VCALENDAR", "calendar")
    assert names(whole("alternative", text("plain"), amp, ics, text("<p>r</p>", "html"))) == []


def test_a_named_text_is_a_file() -> None:
    assert names(whole("mixed", text("Yes."), text("log", "plain", "Content-Disposition: inline; filename=a.log"))) == [
        "a.log"
    ]


NAMES = (
    ("plain", "filename=a.pdf", "a.pdf"),
    ("RFC 2231", "filename*=utf-8''%E2%82%AC%20rates.pdf", "€ rates.pdf"),
    ("RFC 2231 in pieces", "filename*0*=utf-8''%C3%84;\r\n filename*1=bc;\r\n filename*2=.pdf", "Äbc.pdf"),
    ("RFC 2231 in another charset", "filename*=koi8-r''%C6%C1%CA%CC.pdf", "файл.pdf"),
    ("RFC 2231 in a refused charset", "filename*=punycode''abc.pdf", "abc.pdf"),
    ("RFC 2231 with a broken number", "filename*x=a; filename*99999999999999999999*=b", "b.pdf"),
    ("RFC 2047 in quotes", 'filename="=?utf-8?q?=C3=84?= =?utf-8?q?b.pdf?="', "Äb.pdf"),
    ("raw UTF-8", 'filename="Übersicht.pdf"', "Übersicht.pdf"),
    ("a path", 'filename="..\\\\..\\\\x.exe"', "x.exe"),
    ("a NUL", 'filename="a.pdf\0.exe"', "a.pdf.exe"),
    ("none", "x=1", "attachment-1.pdf"),
    ("many pieces", "".join(f"filename*{n}=a;\r\n " for n in range(150)) + "x=1", "a" * 145 + ".pdf"),
)


@pytest.mark.parametrize(("name", "parameters", "shown"), NAMES, ids=[row[0] for row in NAMES])
def test_file_names_are_decoded_and_made_safe(name: str, parameters: str, shown: str) -> None:
    disposition = f"Content-Disposition: attachment;\r\n {parameters}"
    assert names(whole("mixed", text("x"), file("", b"1", "application/pdf", disposition))) == [shown]


def test_the_name_of_the_content_type_is_used_when_there_is_no_other() -> None:
    assert names(whole("mixed", text("x"), file("", b"1", 'application/pdf; name="b.pdf"', "X: 1"))) == ["b.pdf"]


def picture(name: str, ident: str, disposition: str = "inline") -> bytes:
    """Returns a part with a picture and a Content-ID."""
    return file(
        name, b"PNG", "image/png", f"Content-Disposition: {disposition}; filename={name}", f"Content-ID: <{ident}>"
    )


def test_pictures_are_known_as_inline_and_as_shown_by_the_own_words() -> None:
    html = "<p>Look: <img src='cid:own@x'></p><blockquote type=cite><img src='cid:old@x'></blockquote>"
    raw = whole(
        "related",
        text(html, "html"),
        picture("own.png", "own@x", "attachment"),
        picture("old.png", "old@x"),
        picture("no.png", "no@x"),
    )
    result = read(raw)
    assert words(result) == "Look:"
    assert [(a.name, a.inline, a.referred, a.content_id) for a in result.attachments] == [
        ("own.png", True, True, "own@x"),
        ("old.png", True, False, "old@x"),
        ("no.png", True, False, "no@x"),
    ]


def test_pictures_of_the_html_are_known_when_the_plain_text_is_the_body() -> None:
    body = nested("alternative", text("Look:"), text("<p>Look: <img src='cid:a%40x'></p>", "html"), boundary="i")
    [attachment] = read(whole("related", body, picture("a.png", "a@x", "attachment"))).attachments
    assert (attachment.inline, attachment.referred) == (True, True)


def test_a_logo_in_the_card_of_the_author_is_not_shown_by_the_own_words() -> None:
    card = "<p>Regards</p><p>Anna Smith<br>Partner, Smith Ltd<br>+44 20 7946 0000<br><img src='cid:logo@x'></p>"
    plain = "Look.\n\nRegards\n\nAnna Smith\nPartner, Smith Ltd\n+44 20 7946 0000"
    body = nested("alternative", text(plain), text(f"<p>Look.</p>{card}", "html"), boundary="i")
    [attachment] = read(whole("related", body, picture("logo.png", "logo@x"))).attachments
    assert (attachment.inline, attachment.referred) == (True, False)


def test_pictures_that_outlook_writes_in_its_plain_text_are_known_and_taken_out() -> None:
    words_of_outlook = "See [cid:a@x] here.\n\nOn 5/3/24 10:00, Desk wrote:\n> [cid:b@x]"
    result = read(whole("related", text(words_of_outlook), picture("a.png", "a@x"), picture("b.png", "b@x")))
    assert [attachment.referred for attachment in result.attachments] == [True, False]
    assert result.body is not None
    assert result.body.text == "See  here."
    assert [cut.before for cut in result.body.cut] == [len(result.body.text)]


DIFFERENT = (
    ("type", ("Content-Type: text/plain", "Content-Type: application/octet-stream; name=a.exe")),
    ("boundary", ("Content-Type: multipart/mixed; boundary=a", "Content-Type: multipart/mixed; boundary=b")),
    ("encoding", ("Content-Transfer-Encoding: 7bit", "Content-Transfer-Encoding: base64")),
    ("disposition", ("Content-Disposition: inline", "Content-Disposition: attachment; filename=a.exe")),
)


@pytest.mark.parametrize(("name", "fields"), DIFFERENT, ids=[row[0] for row in DIFFERENT])
def test_a_part_that_says_two_different_things_is_unreadable(name: str, fields: tuple[str, str]) -> None:
    assert refuse(mail(*fields)).reason is Reason.UNREADABLE
    assert refuse(whole("mixed", part(*fields, body="x"))).reason is Reason.UNREADABLE


def test_a_part_that_says_the_same_twice_is_read() -> None:
    assert words(read(mail("Content-Type: text/plain", "content-type:  TEXT/plain"))) == "Yes."


def test_a_mail_that_is_one_file_has_no_words() -> None:
    raw = mail("Content-Type: application/pdf; name=a.pdf", head=(FROM, *HEAD[1:]), body="x")
    assert (words(read(raw)), names(raw)) == ("", ["a.pdf"])


def test_open_parts_refuses_what_understand_rejects() -> None:
    with pytest.raises(OverLimitError):
        open_parts(mail(*[f"X-{n}: 1" for n in range(1001)]))


UU = "begin 644 cat.txt\n#0V%T\n`\nend"
WITHIN_TEXT: tuple[tuple[str, str, str | None, list[str]], ...] = (
    ("alone", UU, "", ["cat.txt"]),
    ("between words", f"See below.\n\n{UU}\n\nBye.", "See below.\n\n\n\nBye.", ["cat.txt"]),
    ("twice", f"{UU}\nand\n{UU}", "and", ["cat.txt", "cat.txt"]),
    ("without an end", UU.removesuffix("end"), None, []),
    ("with a line that is none", UU.replace("#0V", "!!!!#0V"), None, []),
    ("without a line", "begin 644 a\nend", None, []),
    ("quoted", "Yes.\n> " + UU.replace("\n", "\n> "), "Yes.", []),
    ("words", "begin 644 times\nto learn\nend", None, []),
)


@pytest.mark.parametrize(("name", "body", "kept", "found"), WITHIN_TEXT, ids=[row[0] for row in WITHIN_TEXT])
def test_files_uuencoded_in_a_text_are_taken_out_of_it_whole_or_not_at_all(
    name: str, body: str, kept: str | None, found: list[str]
) -> None:
    for raw in (mail(body=body), whole("mixed", text(body), file("a.pdf", PDF))):
        result = read(raw)
        assert words(result) == (body if kept is None else kept).strip("\n")
        assert [one.name for one in result.attachments if one.name != "a.pdf"] == found
        opened = open_parts(raw)
        assert {opened.payload(one.part).data for one in result.attachments if one.name != "a.pdf"} <= {b"Cat"}


def test_a_text_full_of_beginnings_of_uuencoding_is_read_soon() -> None:
    raw = mail(body=("begin 644 a\n#0V%T\n" * 9_000) + "end.")
    relative_cost.at_most(COST, lambda: read(raw))
