# ruff: noqa: RUF001  # the data is in many alphabets
"""Bytes are decoded to text, and file names are made safe."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders.small_mails import HEAD, mail, read, words
from workers.parse.mime.charsets import decode
from workers.parse.mime.encoded_words import decode_field
from workers.parse.mime.filenames import safe_name
from workers.parse.mime.flowed import unflow

TEXTS = (
    ("utf-8", "Grüße, привет, 你好", "utf-8"),
    ("UTF8", "Grüße", "utf-8"),
    ("us-ascii", "Yes", "ascii"),
    ("iso-8859-1", "Grüße – €", "cp1252"),
    ("ISO-8859-15", "Grüße €", "iso8859_15"),
    ("iso-8859-2", "Dziękuję", "iso8859_2"),
    ("windows-1250", "Děkuji", "cp1250"),
    ("windows-1251", "Спасибо", "cp1251"),
    ("windows-1252", "Grüße", "cp1252"),
    ("windows-1253", "Ευχαριστώ", "cp1253"),
    ("windows-1254", "Teşekkürler", "cp1254"),
    ("koi8-r", "Спасибо", "koi8_r"),
    ("KOI8-U", "Дякую", "koi8_u"),
    ("gb2312", "好的，谢谢", "gb18030"),
    ("GB18030", "好的", "gb18030"),
    ("big5", "好的，謝謝", "cp950"),
    ("iso-2022-jp", "承知しました", "iso2022_jp"),
    ("Shift_JIS", "承知しました①", "cp932"),
    ("euc-jp", "承知しました", "euc_jp"),
    ("ks_c_5601-1987", "감사합니다", "cp949"),
    ("euc-kr", "감사합니다", "euc_kr"),
    ("tis-620", "ขอบคุณ", "tis_620"),
)


@pytest.mark.parametrize(("label", "text", "codec"), TEXTS, ids=[row[0] for row in TEXTS])
def test_a_declared_charset_is_decoded(label: str, text: str, codec: str) -> None:
    assert decode(text.encode(codec), label) == (text, "")


WRONG = (
    ("UTF-8 declared as ASCII", "Grüße".encode(), "us-ascii", "Grüße"),
    ("UTF-8 declared as ISO-2022-JP", "Grüße".encode(), "iso-2022-jp", "Grüße"),
    ("Latin-1 declared as UTF-8", "Grüße".encode("latin-1"), "utf-8", "Grüße"),
    ("Latin-1 undeclared", "Grüße".encode("latin-1"), "", "Grüße"),
    ("broken GBK", b"\xc4\xe3\xff", "gbk", "你\ufffd"),
    ("UTF-7", b"+ADw-b+AD4-", "utf-7", "+ADw-b+AD4-"),
    ("not a charset", b"Yes\xff", "x-unknown", "Yes\ufffd"),
)


@pytest.mark.parametrize(("name", "data", "label", "text"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_charset_gives_the_likely_text_and_a_defect(name: str, data: bytes, label: str, text: str) -> None:
    decoded, defect = decode(data, label)
    assert decoded == text
    assert defect


FIELDS = (
    ("plain", "Re: Case 1", "Re: Case 1"),
    ("folded", "Re:\r\n Case\r\n\t1", "Re: Case 1"),
    ("Q", "=?utf-8?q?Gr=C3=BC=C3=9Fe_an?= alle", "Grüße an alle"),
    ("B", "=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
    ("B without padding", "=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
    ("adjacent words", "=?utf-8?q?a?= =?utf-8?q?b?=\r\n =?utf-8?q?c?=", "abc"),
    ("a character cut in two", "=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
    ("words of two charsets", "=?koi8-r?q?=C6?= =?utf-8?q?b?=", "фb"),
    ("words around text", "=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
    ("a language", "=?utf-8*en?q?a?=", "a"),
    ("inside a word", "x=?utf-8?q?a?=y", "xay"),
    ("ISO-2022-JP", "=?ISO-2022-JP?B?GyRCPjVDTiQ3JF4kNyQ/GyhC?=", "承知しました"),
    ("not ended", "=?utf-8?q?abc", "=?utf-8?q?abc"),
    ("refused charset", "=?utf-7?q?+ADw-?=", "+ADw-"),
    ("raw UTF-8", "Grüße".encode().decode("ascii", "surrogateescape"), "Grüße"),
    ("raw Latin-1", "Grüße".encode("latin-1").decode("ascii", "surrogateescape"), "Grüße"),
    ("NUL and line ends from a word", "=?utf-8?q?a=00b=0d=0aBcc:_x?=", "ab Bcc: x"),
)


@pytest.mark.parametrize(("name", "value", "text"), FIELDS, ids=[row[0] for row in FIELDS])
def test_a_header_field_is_decoded_to_one_clean_line(name: str, value: str, text: str) -> None:
    assert decode_field(value) == text


def test_nothing_that_leaves_holds_a_nul_or_a_surrogate() -> None:
    head = (HEAD[0], "Subject: =?utf-8?q?a=00=ED=A0=80?=", "Message-ID: <=?utf-8?q?=00?=@x>", b"In-Reply-To: <\xff@x>")
    result = read(mail(head=head, body=b"a\0b\xed\xa0\x80c"))
    assert "\\u0000" not in result.model_dump_json()
    assert words(result).startswith("ab")


SAFE = (
    ("invoice.pdf", "invoice.pdf"),
    ("Ünïcode 名.txt", "Ünïcode 名.txt"),
    ("\u200b.htaccess", "htaccess"),
    ("..\\..\\x.exe", "x.exe"),
    ("/etc/passwd", "passwd"),
    ("C:\\temp\\a.txt", "a.txt"),
    ("a.txt:hidden.exe", "a.txt_hidden.exe"),
    ("invoice\u202efdp.exe", "invoicefdp.exe"),
    ("a.pdf\0.exe", "a.pdf.exe"),
    ("a\nb\r\n.txt", "a b .txt"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("LPT1.tar.gz", "_LPT1.tar.gz"),
    ("\u200bnul", "_nul"),
    ("console.txt", "console.txt"),
    ("name. . .", "name"),
    ("a" * 10_000, "a" * 149),
    ("a" * 10_000 + ".pdf", "a" * 145 + ".pdf"),
    ("名" * 100 + ".pdf", "名" * 48 + ".pdf"),
    ("e\u0301.txt", "é.txt"),
    ('<a>|b?*".txt', "_a__b___.txt"),
    ("", "attachment-3.pdf"),
    ("...", "attachment-3.pdf"),
    ("a/", "attachment-3.pdf"),
    ("\u200b\u202e", "attachment-3.pdf"),
)


@pytest.mark.parametrize(("name", "safe"), SAFE, ids=[repr(row[0][:20]) for row in SAFE])
def test_a_file_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name, "application/pdf", 3) == safe


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=400) | st.text("./\\ :cCoOnN\u200b\u202e1a", max_size=200),
    st.sampled_from(["text/plain", "x", ""]),
)
def test_a_safe_file_name_stays_as_it_is_and_keeps_every_rule(name: str, kind: str) -> None:
    safe = safe_name(name, kind, 0)
    assert safe_name(safe, kind, 0) == safe
    assert 0 < len(safe.encode()) <= 150
    assert not set(safe) & set('/\\:<>|?*"')
    assert not safe.startswith((".", " "))
    assert not safe.endswith((".", " "))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in safe)


FLOWED = (
    ("soft breaks", "a \nb \nc\nd", "a b c\nd"),
    ("space-stuffing", " From me\n > no quote", "From me\n> no quote"),
    ("quotes of two depths", "> a \n> b\n>> c \n>> d\ne", "> a b\n>> c d\ne"),
    ("an empty line of a quote in a quote", "> a:\n> > \n> > > b \n> > > c", "> a:\n> > \n> > > b > > c"),
    ("a signature is never joined", "a \n-- \nAnna", "a \n-- \nAnna"),
    ("a paragraph that does not end", "a \nb ", "a b "),
    ("empty", "", ""),
)


@pytest.mark.parametrize(("name", "text", "joined"), FLOWED, ids=[row[0] for row in FLOWED])
def test_flowed_text_is_joined(name: str, text: str, joined: str) -> None:
    assert unflow(text, delsp=False) == joined


def test_delsp_joins_without_the_space() -> None:
    assert unflow("承知 \nしました", delsp=True) == "承知しました"
