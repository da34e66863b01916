"""Mail that is hidden in S/MIME data: signed and compressed is read, encrypted is held."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records import AutomaticMail
from tests.builders import relative_cost
from tests.builders.small_mails import file, multipart, part, read, text, whole, words
from tests.builders.smime import compressed, element, enveloped, signed, smime_mail, smime_part
from workers.parse.mime.smime import enclosed, kind_of
from workers.parse.mime.structure import open_parts
from workers.parse.mime.transfer import decode_transfer

COST = 60  # units, see tests.builders.relative_cost
PDF = b"%PDF-1.7\n%%EOF\n" * 30
PLAIN = text("Yes, on Friday.")
FIELD, BODY = multipart("mixed", text("Yes, on Friday."), file("plan.pdf", PDF), boundary="inner")
WITH_FILE = part(FIELD, body=BODY)
HTML = text("<p>Yes, on Friday.</p>", "html")
BOTH_FIELD, BOTH_BODY = multipart("alternative", PLAIN, HTML, boundary="inner")
BOTH = part(BOTH_FIELD, body=BOTH_BODY)
WHOLE_MAIL = part("Content-Type: message/rfc822", body=b"Subject: a\r\n" + PLAIN)
P7M, OCTETS = "application/pkcs7-mime", "application/octet-stream"

OPENED: tuple[tuple[str, bytes, list[str]], ...] = (
    ("in DER", smime_mail(signed(PLAIN)), []),
    ("in pieces with indefinite lengths, as Outlook writes", smime_mail(signed(PLAIN, piece=7)), []),
    ("in one piece", smime_mail(signed(PLAIN, piece=4096)), []),
    ("with a file", smime_mail(signed(WITH_FILE, piece=1000)), ["plan.pdf"]),
    ("in two forms", smime_mail(signed(BOTH)), []),
    ("without smime-type", smime_mail(signed(PLAIN), P7M), []),
    ("of the old type", smime_mail(signed(PLAIN), "application/x-pkcs7-mime; smime-type=signed-data"), []),
    ("known by its name", smime_mail(signed(PLAIN), OCTETS), []),
    ("named by the gateway", smime_mail(signed(PLAIN), P7M, "Signed.P7M"), []),
    ("said to be encrypted", smime_mail(signed(PLAIN), "application/pkcs7-mime; smime-type=enveloped-data"), []),
    (
        "compressed",
        smime_mail(compressed(WITH_FILE), f"{P7M}; smime-type=compressed-data"),
        ["plan.pdf"],
    ),
    ("signed twice", smime_mail(signed(smime_part(signed(PLAIN)))), []),
    ("signed and compressed", smime_mail(signed(smime_part(compressed(PLAIN)), piece=100)), []),
    (
        "as a whole mail with its header",
        smime_mail(signed(WHOLE_MAIL)),
        [],
    ),
    (
        "in a list's wrapping",
        whole("mixed", smime_part(signed(PLAIN, piece=50)), text("To leave, write to us.")),
        [],
    ),
    ("below a gateway's note", whole("mixed", text("Checked by the gateway."), smime_part(signed(PLAIN))), []),
    ("beside a file", whole("mixed", text(" "), smime_part(signed(PLAIN)), file("plan.pdf", PDF)), ["plan.pdf"]),
    ("with line feeds only", smime_mail(signed(PLAIN.replace(b"\r\n", b"\n"))), []),
    ("whose certificates are missing", smime_mail(signed(PLAIN, rest=())), []),
)


@pytest.mark.parametrize(("name", "raw", "files"), OPENED, ids=[row[0] for row in OPENED])
def test_what_is_only_signed_or_compressed_is_read(name: str, raw: bytes, files: list[str]) -> None:
    result = read(raw)
    assert (words(result), result.machine) == ("Yes, on Friday.", None)
    assert [one.name for one in result.attachments] == files
    assert any("not verified" in defect for defect in result.defects)


def test_the_note_around_signed_words_can_be_put_back() -> None:
    result = read(whole("mixed", text("Checked by the gateway."), smime_part(signed(PLAIN))))
    assert result.body is not None
    assert [cut.text for cut in result.body.cut] == ["Checked by the gateway."]


def test_a_note_stays_where_the_signed_data_has_no_words() -> None:
    raw = whole("mixed", text("See the plan."), smime_part(signed(file("plan.pdf", PDF))))
    assert (words(read(raw)), [one.name for one in read(raw).attachments]) == ("See the plan.", ["plan.pdf"])


@pytest.mark.parametrize("piece", [0, 60])
def test_files_in_signed_data_are_opened_by_the_same_number(piece: int) -> None:
    raw = smime_mail(signed(WITH_FILE, piece=piece))
    [attachment] = read(raw).attachments
    assert open_parts(raw).payload(attachment.part) == (PDF, "")
    if attachment.at >= 0:
        content = raw[attachment.at : attachment.at + attachment.length]
        assert decode_transfer(content, attachment.transfer) == (PDF, "")


HELD = (
    ("enveloped", smime_mail(enveloped(), "application/pkcs7-mime; smime-type=enveloped-data")),
    ("enveloped, without smime-type", smime_mail(enveloped(), P7M)),
    ("enveloped, known by its name", smime_mail(enveloped(), OCTETS)),
    ("authenticated", smime_mail(enveloped(kind=bytes.fromhex("2a864886f70d0109100117")), P7M)),
    (
        "below a gateway's note",
        whole("mixed", text("Checked by the gateway."), smime_part(enveloped(), P7M)),
    ),
    (
        "below a note, known by its name",
        whole("mixed", text("Checked."), smime_part(enveloped(), OCTETS)),
    ),
    ("signed around it", smime_mail(signed(smime_part(enveloped(), P7M)))),
    ("signed, but cut off", smime_mail(signed(PLAIN)[:60])),
    (
        "compressed, but broken",
        smime_mail(compressed(PLAIN).replace(b"\x78\x9c", b"\x00\x00"), P7M),
    ),
    ("compressed far too much", smime_mail(compressed(b"Content-Type: text/plain\r\n\r\n" + bytes(30_000_000)))),
)


@pytest.mark.parametrize(("name", "raw"), HELD, ids=[row[0] for row in HELD])
def test_what_is_encrypted_or_can_not_be_opened_is_held_and_says_so(name: str, raw: bytes) -> None:
    result = read(raw)
    assert result.machine is AutomaticMail.ENCRYPTED
    assert "smime-type=" in result.machine_evidence


FILES = (
    ("a signed PDF file", smime_part(signed(PDF), P7M, "contract.pdf.p7m"), "contract.pdf.p7m"),
    (
        "a signed file of letters",
        smime_part(signed(b"Amount: 3\r\nTotal"), P7M, "invoice.xml.p7m"),
        "invoice.xml.p7m",
    ),
    ("an encrypted file", smime_part(enveloped(), OCTETS, "list.csv.p7m"), "list.csv.p7m"),
    ("a signature", smime_part(signed(b""), "application/pkcs7-signature", "smime.p7s"), "smime.p7s"),
    (
        "certificates",
        smime_part(signed(b""), f"{P7M}; smime-type=certs-only", "smime.p7c"),
        "smime.p7c",
    ),
)


@pytest.mark.parametrize(("name", "attached", "shown"), FILES, ids=[row[0] for row in FILES])
def test_a_file_that_is_signed_or_encrypted_by_itself_stays_a_file_beside_the_words(
    name: str, attached: bytes, shown: str
) -> None:
    result = read(whole("mixed", text("See the file."), attached))
    assert (words(result), result.machine, [one.name for one in result.attachments]) == ("See the file.", None, [shown])


def test_mails_within_mails_are_opened_a_few_levels_deep() -> None:
    entity = PLAIN
    for _ in range(9):
        entity = smime_part(signed(entity))
    assert read(whole("mixed", text("x"), entity)).attachments


@given(st.integers(0, 400), st.integers(0, 9))
def test_signed_data_that_is_cut_off_is_opened_whole_or_not_at_all(at: int, piece: int) -> None:
    assert enclosed(signed(PLAIN, piece=piece)[:at], 1000) in (b"", PLAIN)


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 9))
def test_any_data_is_read_without_an_error(data: bytes, at: int, piece: int) -> None:
    broken = signed(PLAIN, piece=piece)[:at] + data
    assert isinstance(enclosed(broken, 1000), bytes)
    kind_of(data)


def test_hostile_nesting_and_millions_of_pieces_cost_little() -> None:
    deep = b"\x24\x80" * 500_000
    many = element(0x24, b"\x04\x00" * 1_000_000, indefinite=True)
    for content in (deep, many, b"\x30\x80" * 500_000):
        head = signed(b"")[: signed(b"").index(b"\x04\x00")]
        relative_cost.at_most(COST, partial(enclosed, head + content, 1000))
