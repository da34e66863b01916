# ruff: noqa: RUF001  # the data is in many alphabets
"""Text whose label is wrong, or whose octets are broken, is read by what the bytes show."""

from unicodedata import normalize

import pytest

from tests.mails.short_sentences import SENTENCES, octets
from workers.parse.mime.charset_labels import MULTIBYTE, codec_of
from workers.parse.mime.charsets import decode

ROWS = [(language, codec, text) for language, codecs, texts in SENTENCES for codec in codecs for text in texts]
UTF_8 = [(language, text) for language, _, texts in SENTENCES for text in texts]
SAME = ("", "us-ascii", "utf-8", "iso-8859-1", "windows-1252", "koi8-r", "x-unknown", "iso-2022-jp")


@pytest.mark.parametrize(("language", "codec", "text"), ROWS)
def test_text_is_read_by_its_label(language: str, codec: str, text: str) -> None:
    read, defect = decode(octets(text, codec), codec)
    assert (normalize("NFC", read), defect) == (normalize("NFC", text), "")


@pytest.mark.parametrize(("language", "text"), UTF_8)
def test_utf_8_is_read_under_any_label(language: str, text: str) -> None:
    read = {label: decode(text.encode(), label)[0] for label in SAME}
    assert read == dict.fromkeys(SAME, text)


@pytest.mark.parametrize("damage", ["cut", "broken"])
@pytest.mark.parametrize("label", ["utf-8", "", "us-ascii", "iso-8859-1", "x-unknown"])
def test_in_utf_8_only_the_broken_letter_is_lost(label: str, damage: str) -> None:
    wrong = []
    for _, text in UTF_8:
        at = [index for index, char in enumerate(text) if char > "\x7f"][-1 if damage == "cut" else 0]
        before, letter, after = text[:at].encode(), text[at].encode(), text[at + 1 :].encode()
        data = before + letter[:-1] if damage == "cut" else before + b"\xff" + letter[1:] + after
        read = decode(data, label)[0]
        if len(set(text[:at] + text[at + 1 :]) - set(map(chr, range(128)))) < 2:
            continue  # there is nothing left that shows UTF-8
        if not (read.startswith(text[:at]) and read.endswith("\ufffd" if damage == "cut" else text[at + 1 :])):
            wrong.append((text, read))
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize(("language", "codec", "text"), [row for row in ROWS if codec_of(row[1]) in MULTIBYTE])
@pytest.mark.parametrize("labelled", [True, False])
def test_in_two_octets_a_letter_only_the_broken_letter_is_lost(
    language: str, codec: str, text: str, labelled: bool
) -> None:
    letters = [index for index, char in enumerate(text) if char > "\x7f"]
    at = letters[len(letters) // 2]
    before, letter, after = (octets(piece, codec) for piece in (text[:at], text[at], text[at + 1 :]))
    read = decode(before + b"\xff" + letter[1:] + after, codec if labelled else "")[0]
    assert read.startswith(text[:at])
    assert read.endswith(text[at + 1 :])
    cut = octets(text[: letters[-1] + 1], codec)[:-1]
    assert decode(cut, codec if labelled else "")[0] == text[: letters[-1]] + "\ufffd"


#: Text that is what its label says, although its octets may be UTF-8, or look strange.
TRUE = (
    ("a capital and an ellipsis", "windows-1252", "OLÉ\u2026 it is the NESCAFÉ\u00ae of GRÜN"),
    ("a capital in quotation marks", "windows-1252", "\u201cCAFÉ\u201d"),
    ("a letter before a no-break space", "iso-8859-1", "à\u00a0la carte, voil\u00e0\u00a0!"),
    ("German", "iso-8859-1", "Grüße"),
    ("signs only", "windows-1252", "\u00ab\u00bb \u2022 \u2022 \u20ac 5 \u00a9 \u00b1"),
    ("letters of an alphabet", "windows-1252", "ÄÖÜäöüß"),
    ("a long cry", "iso-8859-1", "néééééééé!"),
    ("a rule of signs", "iso-8859-1", "\u00af" * 40 + " x " + "\u00b7" * 30),
    ("Thai of two letters", "tis-620", "ลบ"),
    ("Chinese of two letters", "gbk", "谢谢"),
    ("Russian in capitals", "windows-1251", "ДА, ХОРОШО"),
    ("Greek", "windows-1253", "Ναι, εντάξει"),
    ("half-width Katakana", "shift_jis", "ﾃｽﾄ"),
    ("Korean of one letter", "euc-kr", "네"),
    ("Japanese with rare letters", "shift_jis", "髙橋﨑①㈱"),
    ("Japanese of EUC with vendor letters", "euc-jp", None),
)


@pytest.mark.parametrize(("name", "label", "text"), TRUE, ids=[row[0] for row in TRUE])
def test_a_label_that_can_be_true_is_believed(name: str, label: str, text: str | None) -> None:
    if text is None:
        assert decode(b"\xad\xa1\xb6\xe2\xad\xea", label) == ("①金㈱", "")
        return
    codec = codec_of(label)
    assert codec is not None
    assert decode(text.encode(codec), label) == (text, "")


JAPANESE = (
    ("circled digits", b'\x1b$B-!-"-#\x1b(B ok', "①②③ ok"),
    ("a company", b"\x1b$B;3ED-j\x1b(B", "山田㈱"),
    ("number and telephone", b"\x1b$B-b-d\x1b(B", "№℡"),
    ("a name with a letter of IBM", b"\x1b$B|b66\x1b(B", "髙橋"),
    ("half-width Katakana", b"\x1b(I1234\x1b(B", "ｱｲｳｴ"),
    ("JIS X 0201", b"\x1b(J5000\x1b(B", "5000"),
    ("JIS X 0212", b"\x1b$(D0!\x1b(B", "丂"),
    ("JIS C 6226", b"\x1b$@6bMK\x1b(B", "金曜"),
    ("no end", b"\x1b$B6bMK", "金曜"),
    ("no end of the line", b"\x1b$B6bMK\nHello, Mr. Falk\n", "金曜\nHello, Mr. Falk\n"),
    ("half a letter", b"\x1b$B6bM\x1b(B ok", "金\ufffd ok"),
    ("a pair that is no letter", b"\x1b$B6b)!\x1b(B ok", "金\ufffd ok"),
    ("two scripts", "Yes 金曜 中".encode("iso2022_jp"), "Yes 金曜 中"),
)


@pytest.mark.parametrize("label", ["iso-2022-jp", "", "us-ascii", "utf-8", "iso-8859-1", "x-unknown"])
@pytest.mark.parametrize(("name", "data", "text"), JAPANESE, ids=[row[0] for row in JAPANESE])
def test_iso_2022_jp_is_read_with_the_letters_of_vendors(name: str, data: bytes, text: str, label: str) -> None:
    is_ascii = name == "JIS X 0201" and label != "iso-2022-jp"  # no sign of Japanese
    assert decode(data, label)[0] == (data.decode() if is_ascii else text)


def test_iso_2022_jp_that_lost_its_escapes_is_read() -> None:
    assert decode(b"$B6bMKF|(B, ok", "iso-2022-jp")[0] == "金曜日, ok"


def test_words_in_ascii_with_the_signs_of_escapes_stay() -> None:
    assert decode(b"It costs $B5 (Bob)", "us-ascii") == ("It costs $B5 (Bob)", "")


@pytest.mark.parametrize(
    "codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "cp500"]
)
@pytest.mark.parametrize("text", ["Yes, Friday is fine.\r\nAnna", "Am Freitag ist es für mich möglich."])
def test_a_text_unlike_ascii_is_read_if_it_is_one(codec: str, text: str) -> None:
    assert decode(text.encode(codec), codec)[0] == text


@pytest.mark.parametrize("text", ["金曜日は家にいます。", "Спасибо, до пятницы", "안녕하세요"])
@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_without_a_latin_letter_is_read(codec: str, text: str) -> None:
    assert decode(text.encode(codec), codec)[0] == text


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "utf-32", "unicode", "ibm037", "ucs-2"])
@pytest.mark.parametrize(
    "text", ["Yes, Friday is fine.", "<script>alert(1)</script>", "Grüße", "金曜日", "+ADw-b+AD4-"]
)
def test_a_text_that_only_says_it_is_unlike_ascii_is_read_as_it_is(label: str, text: str) -> None:
    assert decode(text.encode(), label)[0] == text


WRONG_LABEL = (
    ("Russian under ISO-8859-1", "iso-8859-1", "cp1251", "Здравствуйте, документы отправил сегодня утром."),
    ("Russian of KOI8 under windows-1252", "windows-1252", "koi8_r", "К сожалению, завтра не смогу прийти."),
    ("Greek under ISO-8859-1", "iso-8859-1", "iso8859_7", "Καλημέρα, σας στέλνω τα έγγραφα που ζητήσατε."),
    ("EUC-JP under Shift_JIS", "shift_jis", "euc_jp", "お世話になっております。書類は本日郵送しました。"),
    ("Shift_JIS under ISO-2022-JP", "iso-2022-jp", "cp932", "お世話になっております。書類は本日郵送しました。"),
    ("DOS under ISO-8859-1", "iso-8859-1", "cp850", "Können wir den Termin für nächste Woche verschieben?"),
)


@pytest.mark.parametrize(("name", "label", "codec", "text"), WRONG_LABEL, ids=[row[0] for row in WRONG_LABEL])
def test_a_label_that_can_not_be_true_is_not_believed(name: str, label: str, codec: str, text: str) -> None:
    read, defect = decode(text.encode(codec), label)
    assert read == text
    assert defect


HOSTILE = (
    ("octets of no letter", b"\x81\xff" * 500_000, "shift_jis"),
    ("first octets", b"\x81" * 1_000_000, "gb18030"),
    ("pairs of vendors", b"\x1b$B" + b"-!" * 500_000, "iso-2022-jp"),
    ("escapes", b"\x1b$B\x1b(B" * 150_000, "iso-2022-jp"),
    ("lost escapes", b"$B!" * 300_000, "iso-2022-jp"),
    ("broken UTF-8", b"\xc3\xa9\xc3" * 300_000, "utf-8"),
    ("octets in no charset", bytes(range(128, 256)) * 8_000, ""),
    ("octets in a charset of one octet", bytes(range(128, 256)) * 8_000, "windows-1252"),
)


@pytest.mark.parametrize(("name", "data", "label"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_megabyte_of_hostile_octets_is_read_within_the_time_of_a_test(name: str, data: bytes, label: str) -> None:
    assert len(decode(data, label)[0]) <= len(data)
