"""Transfer encodings, as programs and gateways write and break them."""

from base64 import b64encode, encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import relative_cost
from tests.builders.small_mails import file, part, read, text, whole
from workers.parse.mime.structure import open_parts
from workers.parse.mime.transfer import decode_transfer

COST = 40  # units, see tests.builders.relative_cost
DATA = bytes(range(256)) * 3
LINES = encodebytes(DATA).replace(b"\n", b"\r\n")

WHOLE = (
    ("quoted-printable", "a blank after a soft break", b"neigh= \r\nbour", b"neighbour"),
    ("quoted-printable", "tabs and blanks after soft breaks", b"one=\t \r\n two= \n three", b"one two three"),
    ("quoted-printable", "a soft break of a bare carriage return", b"one=\r two", b"one two"),
    ("quoted-printable", "a soft break at the end", b"one=", b"one"),
    ("quoted-printable", "a soft break with blanks at the end", b"one=  ", b"one"),
    ("quoted-printable", "hexadecimal digits in lower case", b"Gr=c3=bc=c3=9fe", "Grüße".encode()),
    ("quoted-printable", "a letter over two lines", b"Gr=C3=\r\n=BC=C3=9Fe", "Grüße".encode()),
    ("quoted-printable", "line ends of both kinds", b"a=\nb=\r\nc\r\nd\n", b"abc\r\nd\n"),
    ("quoted-printable", "an encoded equals sign before a line end", b"1+1=3D\r\n2", b"1+1=\r\n2"),
    ("quoted-printable", "octets above 127", "Grüße=20".encode(), "Grüße ".encode()),
    ("Quoted-Printable;", "a semicolon after the label", b"a=20b", b"a b"),
    ("Quoted-Printable ; x=1", "a parameter behind it", b"a=20b", b"a b"),
    ("quoted-printable; charset=utf-8", "a charset behind it", b"a=20b", b"a b"),
    ("quoted-printable, 8bit", "another label behind it", b"a=20b", b"a b"),
    ("QUOTED-PRINTABLE\tContent-Disposition: inline", "the next field behind it", b"a=20b", b"a b"),
    ("Quoted Printable ;", "a blank in it and a semicolon", b"a=20b", b"a b"),
    ("base64 charset=utf-8", "a charset behind a blank", b"WWVzLg==", b"Yes."),
    ("base64;", "a semicolon", b"WWVzLg==", b"Yes."),
    ("'base64' ; name=a.txt", "quotation marks and a name", b"WWVzLg==", b"Yes."),
    ("8bit; format=flowed", "a parameter behind 8bit", DATA, DATA),
    ("7bit charset=us-ascii", "a charset behind 7bit", DATA, DATA),
    ("x-uuencode; x=1", "a parameter behind uuencode", b"begin 644 a\n#0V%T\n`\nend\n", b"Cat"),
    ("base64", "in lines", LINES, DATA),
    ("base64", "on one line", b64encode(DATA), DATA),
    ("base64", "with blank lines and blanks", LINES.replace(b"\r\n", b" \r\n\r\n"), DATA),
    ('"base64"', "a label in quotation marks", b"WWVzLg==", b"Yes."),
    ("base64 (RFC 2045)", "a label with a comment", b"WWVzLg==", b"Yes."),
    ("BASE-64", "a label with a dash", b"WWVzLg==", b"Yes."),
    ("7bit", "octets above 127 under 7bit", DATA, DATA),
    ("8-bit", "a misspelt 8bit", DATA, DATA),
    ("x-uuencode", "with its first and last line", b"begin 644 a\n#0V%T\n`\nend\n", b"Cat"),
    ("x-uuencode", "with words above", b"a.txt\r\n\r\nbegin 644 a\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
    ("x-uuencode", "with a blank for the empty line", b"begin 644 a\n#0V%T\n \nend\n", b"Cat"),
    ("uuencode", "in base64", b"begin-base64 644 a\nQ2F0\n====\n", b"Cat"),
)


@pytest.mark.parametrize(("label", "name", "data", "decoded"), WHOLE, ids=[f"{row[0]}, {row[1]}" for row in WHOLE])
def test_what_every_mail_program_decodes_is_decoded_whole(label: str, name: str, data: bytes, decoded: bytes) -> None:
    assert decode_transfer(data, label) == (decoded, "")


BROKEN = (
    ("quoted-printable", "an equals sign before words", b"a=b", b"a=b"),
    ("quoted-printable", "half an octet", b"a=C", b"a=C"),
    ("quoted-printable", "an equals sign before blanks and words", b"a=  b", b"a=  b"),
    ("base64", "its padding missing", b"QUJDRA", b"ABCD"),
    ("base64", "data after its padding", b"QUI=QUI=", b"ABAB"),
    ("base64", "data on a line after its padding", b"QUI=\r\nQUI=", b"ABAB"),
    ("base64", "words of letters after its padding", b"WWVzLg==\r\nFooter", b"Yes."),
    ("base64", "a foreign character in it", b"QUJD*A==", b"ABC"),
    ("base64", "a character too many", b"QUJDR", b"ABC"),
    ("base64", "a list's footer below", b"WWVzLg==\r\n_____\r\nDesk mailing list\r\n", b"Yes."),
    ("base64", "a gateway's footer below a blank line", b"WWVzLg==\r\n\r\n-- \r\nScanned by Example.\r\n", b"Yes."),
    ("base64", "a footer with letters first", b"WWVzLg==\r\nDisclaimer\r\nThis is private.\r\n", b"Yes."),
    ("base64", "no padding above a footer", b"QUJD\r\n-- \r\nthe end of the list\r\n", b"ABC"),
    ("base64", "a foreign line within its lines", LINES[:78] + b"! ! !\r\n" + LINES[78:], DATA),
    ("x-uuencode", "its first line missing", b"#0V%T\n`\n", b"Cat"),
    ("x-uuencode", "its first line missing, below a blank line", b"\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
    ("x-uuencode", "its last line missing", b"begin 644 a\n#0V%T\n", b"Cat"),
    ("x-uuencode", "in base64, its last line missing", b"begin-base64 644 a\nQ2F0\n", b"Cat"),
    ("x-yenc", "another encoding", b"=ybegin line=128 size=3 name=a\n", b"=ybegin line=128 size=3 name=a\n"),
    ("not base64", "words that end like a label", b"WWVzLg==", b"WWVzLg=="),
    ("x-base64-like; base64", "a label only behind another", b"WWVzLg==", b"WWVzLg=="),
    ("x-binhex40", "that of old Macs", b":abc:", b":abc:"),
)


@pytest.mark.parametrize(("label", "name", "data", "decoded"), BROKEN, ids=[f"{row[0]}, {row[1]}" for row in BROKEN])
def test_a_file_that_may_not_be_whole_is_marked_broken_and_keeps_its_bytes(
    label: str, name: str, data: bytes, decoded: bytes
) -> None:
    found = decode_transfer(data, label)
    assert found.data == decoded
    assert found.defect
    raw = whole(
        "mixed", text("x"), part("Content-Disposition: attachment", f"Content-Transfer-Encoding: {label}", body=data)
    )
    [attachment] = read(raw).attachments
    assert attachment.defect == open_parts(raw).payload(1).defect != ""


def test_a_foreign_line_never_shortens_a_file_in_silence() -> None:
    lines = encodebytes(DATA).splitlines(keepends=True)
    for at in range(len(lines)):
        broken = b"".join([*lines[:at], b"-- torn here --\n", *lines[at:]])
        assert decode_transfer(broken, "base64").defect


@given(st.binary(max_size=300), st.sampled_from([b"\r\n", b"\n", b" \r\n"]))
def test_any_file_in_base64_is_itself_whatever_its_line_ends(data: bytes, end: bytes) -> None:
    assert decode_transfer(encodebytes(data).replace(b"\n", end), "base64") == (data, "")
    assert read(whole("mixed", text("x"), file("a.bin", data))).attachments[0].size == len(data)


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "x-new"]))
def test_any_bytes_have_a_payload(data: bytes, label: str) -> None:
    decode_transfer(data, label)


@pytest.mark.parametrize(
    "token", [b"=", b"= ", b"= \t", b"QUI=\n", b"QUI=!\n", b"begin 644 a\n", b"(", b"A" * 23 + b"\n"]
)
@pytest.mark.parametrize("label", ["base64", "quoted-printable", "x-uuencode"])
def test_megabytes_of_broken_data_are_decoded_soon(token: bytes, label: str) -> None:
    data = token * (2_000_000 // len(token)) + b"!"
    relative_cost.at_most(COST, lambda: decode_transfer(data, label))
