"""A picture that stands in the HTML as a `data:` URI is a picture like one in a part of its own."""

from base64 import b64encode, encodebytes
from dataclasses import replace
from quopri import encodestring
from urllib.parse import quote

import pytest

from schemas.records import Attachment, ParsedMail, Shown
from tests.builders.small_mails import mail, part, read, text, whole, words
from workers.attachments.part_rules import first_match
from workers.attachments.stage import part_reader
from workers.parse.limits import DEFAULT
from workers.parse.mime.data_pictures import take_data_pictures

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 3
OTHER = b"\xff\xd8\xff\xe0" + bytes(range(255, -1, -1)) * 3
B64 = b64encode(PNG).decode()
IMAGE = f'<img src="data:image/png;base64,{B64}">'
QUOTE = '<div class="gmail_quote"><div class="gmail_attr">On 3 May 2024 Desk &lt;d@x.example&gt; wrote:</div><blockquote class="gmail_quote">%s</blockquote></div>'  # noqa: E501


def html_mail(html: str, *fields: str) -> bytes:
    """Returns a mail that is an HTML text, with these fields of its transfer encoding."""
    return mail("Content-Type: text/html; charset=utf-8", *fields, body=html)


def content(raw: bytes, picture: Attachment) -> bytes:
    """Returns the bytes that the attachments stage decodes."""
    return part_reader(raw, DEFAULT)(picture).data


def the_picture(result: ParsedMail) -> Attachment:
    """Returns the only attachment."""
    [picture] = result.attachments
    return picture


#: Ways in which programs write the same picture.
WAYS = (
    ("plainly", IMAGE),
    ("in single quotation marks", f"<img alt='' src='data:image/png;base64,{B64}'/>"),
    ("without quotation marks", f"<img width=200 src=data:image/png;base64,{B64} alt=x>"),
    ("in upper case", f'<IMG SRC="DATA:IMAGE/PNG;BASE64,{B64}">'),
    ("with a parameter", f'<img src="data:image/png;charset=utf-8;base64,{B64}">'),
    ("with a name", f'<img src="data:image/png;name=screen.png;base64,{B64}">'),
    ("broken over lines", f'<img src="data:image/png;base64,\n{encodebytes(PNG).decode()}">'),
    ("with blanks around", f'<img src = " data:image/png;base64, {B64} " >'),
    ("percent-encoded", f'<img src="data:image/png;base64,{quote(B64, safe="")}">'),
    ("with entities", f'<img src="data:image/png;base64,{B64.replace("+", "&#43;").replace("/", "&#x2F;")}">'),
    ("without padding", f'<img src="data:image/png;base64,{B64.rstrip("=")}">'),
    ("by the type of old programs", f'<img src="data:image/x-png;base64,{B64}">'),
    ("with a long style before it", f'<img style="{"width:1px;" * 100}" src="data:image/png;base64,{B64}">'),
)


@pytest.mark.parametrize(("way", "image"), WAYS, ids=[row[0] for row in WAYS])
def test_a_picture_in_the_words_is_a_file_with_its_bytes_however_it_is_written(way: str, image: str) -> None:
    raw = html_mail(f"<p>See:</p>{image}<p>What now?</p>")
    result = read(raw)
    picture = the_picture(result)
    assert (picture.shown, picture.content_id[:5], picture.defect) == (Shown.WORDS, "data-", "")
    assert content(raw, picture) == PNG
    assert first_match(picture).reason is None
    assert words(result).split() == ["See:", "What", "now?"]


ENCODED = (
    ("8bit", "8bit", lambda data: data),
    ("quoted-printable", "quoted-printable", encodestring),
    ("base64", "base64", encodebytes),
)


@pytest.mark.parametrize(("name", "encoding", "encode"), ENCODED, ids=[row[0] for row in ENCODED])
def test_a_picture_is_decoded_from_any_transfer_encoding(name: str, encoding: str, encode: object) -> None:
    html = encode(f"<p>Grüße:</p>{IMAGE}<p>Hier.</p>".encode())  # type: ignore[operator]
    raw = mail("Content-Type: text/html; charset=utf-8", f"Content-Transfer-Encoding: {encoding}", body=html)
    result = read(raw)
    assert content(raw, the_picture(result)) == PNG
    assert words(result).split() == ["Grüße:", "Hier."]


def test_a_picture_of_the_html_counts_also_if_the_plain_text_is_the_body() -> None:
    raw = whole("alternative", text("See:\n\nWhat now?"), text(f"<p>See:</p>{IMAGE}<p>What now?</p>", "html"))
    result = read(raw)
    assert words(result) == "See:\n\nWhat now?"
    assert the_picture(result).shown is Shown.WORDS
    assert content(raw, the_picture(result)) == PNG


def test_a_picture_beside_attached_files_is_decoded_and_so_are_they() -> None:
    attached = part("Content-Type: image/jpeg", "Content-Disposition: attachment; filename=a.jpg", body=b"abc")
    raw = whole("mixed", text(f"<p>See:</p>{IMAGE}<p>Ok?</p>", "html"), attached)
    first, second = read(raw).attachments
    assert (content(raw, first), content(raw, second)) == (b"abc", PNG)


PLACES = (
    ("at the end", f"<p>Look at this.</p>{IMAGE}", Shown.END),
    ("in the quote", f"<p>Yes.</p>{QUOTE % IMAGE}", Shown.QUOTE),
    ("in the signature", f'<p>Yes.</p><div class="gmail_signature">Anna<br>{IMAGE}</div>', Shown.SIGNATURE),
    ("below a closing", f"<p>Yes, of course.</p><p>Kind regards</p><p>Anna Smith<br>{IMAGE}</p>", Shown.CLOSING),
    ("hidden", f'<p>Yes.</p><div style="display:none">{IMAGE}</div>', Shown.NOWHERE),
    ("in words and quote", f"<p>See:</p>{IMAGE}<p>Ok?</p>{QUOTE % IMAGE}", Shown.QUOTE),
)


@pytest.mark.parametrize(("name", "html", "place"), PLACES, ids=[row[0] for row in PLACES])
def test_the_place_of_a_picture_is_found_as_for_one_with_a_content_id(name: str, html: str, place: Shown) -> None:
    as_part = part("Content-Type: image/png", "Content-ID: <a@x>", "Content-Transfer-Encoding: base64", body=B64)
    by_id = read(whole("related", text(html.replace(f"data:image/png;base64,{B64}", "cid:a@x"), "html"), as_part))
    in_html = the_picture(read(html_mail(html)))
    assert (in_html.shown, the_picture(by_id).shown) == (place, place)
    assert first_match(in_html).reason is first_match(the_picture(by_id)).reason


#: What is no picture; the words around it stay.
NO_PICTURES = (
    ("an SVG", f'<img src="data:image/svg+xml;base64,{B64}">'),
    ("HTML", f'<img src="data:text/html;base64,{B64}">'),
    ("HTML that calls itself a picture in a parameter", f'<img src="data:text/html;a=image/png;base64,{B64}">'),
    ("not in base64", f'<img src="data:image/png,{B64}">'),
    ("broken base64", f'<img src="data:image/png;base64,{B64[:401]}*{B64[401:]}">'),
    ("padding in the middle", f'<img src="data:image/png;base64,{B64[:400]}=={B64[400:]}">'),
    ("a URI in a URI", f'<img src="data:image/png;base64,data:image/png;base64,{B64}">'),
    ("a dot of a few bytes", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">'),
    ("nothing", '<img src="data:image/png;base64,">'),
    ("a link", f'<a href="data:image/png;base64,{B64}"></a>'),
    ("a background", f'<div style="background:url(data:image/png;base64,{B64})"></div>'),
    ("not closed", f'<img src="data:image/png;base64,{B64}'),
)


@pytest.mark.parametrize(("name", "html"), NO_PICTURES, ids=[row[0] for row in NO_PICTURES])
def test_what_is_no_picture_is_no_file_and_never_text(name: str, html: str) -> None:
    result = read(html_mail(f"<p>One.</p><p>Two.</p>{html}"))
    assert result.attachments == ()
    assert words(result) == "One.\n\nTwo."


def test_the_source_of_a_picture_that_a_person_writes_about_stays_text() -> None:
    html = f"<p>My page has &lt;img src=&quot;data:image/png;base64,{B64}&quot;&gt; in it.</p>"
    result = read(html_mail(html))
    assert B64 in words(result)
    assert result.attachments == ()


def test_the_same_picture_in_several_places_is_taken_once() -> None:
    assert len(read(html_mail(f"<p>One.</p>{IMAGE}<p>Two.</p>{IMAGE}<p>Three.</p>")).attachments) == 1


def test_of_many_pictures_the_largest_twenty_are_taken() -> None:
    pictures = [b64encode(OTHER + bytes([number]) * 3 * (number + 1)).decode() for number in range(200)]
    images = "".join(f'<img src="data:image/jpeg;base64,{each}">' for each in pictures)
    html, found = take_data_pictures(images.encode())
    assert [picture.base64 for picture in found] == pictures[-20:]
    assert html.count(b"cid:data-") == 20
    assert html.count(b"<img") == 200
    assert len(read(html_mail(f"<p>a</p>{images}<p>b</p>")).attachments) == 20


def test_pictures_do_not_count_towards_the_limit_of_the_html() -> None:
    result = read(html_mail(f"<p>See:</p>{IMAGE}<p>Ok?</p>"), replace(DEFAULT, html=200))
    assert the_picture(result).size == len(PNG) > 200


def test_an_attached_html_file_keeps_its_pictures() -> None:
    page = f"<p>page</p>{IMAGE}".encode()
    attached = part("Content-Type: text/html", "Content-Disposition: attachment; filename=a.html", body=page)
    raw = whole("mixed", text("Yes."), attached)
    assert content(raw, the_picture(read(raw))) == page
