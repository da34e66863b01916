# ruff: noqa: RUF001  # the data is in many alphabets
"""Encoded words as mail programs write them, and raw octets, in subjects, and in names of persons and files."""

import pytest

from tests.builders.small_mails import HEAD, mail, part, read, text, whole
from workers.parse.mime.encoded_words import decode_field

WORDS = (
    ("cut in the middle of a letter", "=?utf-8?B?0JrRgNGL0YjQ?=", "Крыш\ufffd"),
    (
        "cut in the middle of a letter, Q",
        "=?utf-8?Q?Termin_am_M=C3=B6nchsplatz,_K=C3?=",
        "Termin am Mönchsplatz, K\ufffd",
    ),
    ("a letter split between words of two encodings", "=?utf-8?Q?J=C3?= =?utf-8?B?tg==?=", "Jö"),
    ("a letter split between words, aliases", "=?UTF8?Q?J=C3?= =?utf-8?Q?=B6?=", "Jö"),
    ("a letter of three octets split", "=?utf-8?Q?=E9=87?=\r\n\t=?utf-8?Q?=91?=", "金"),
    ("two octets split", "=?shift_jis?Q?=8B?= =?shift_jis?Q?=E0?=", "金"),
    ("base64 split between letters", "=?utf-8?B?R3LDv?= =?utf-8?B?MOfZQ==?=", "Grüße"),
    ("no padding, before another word", "=?utf-8?B?R3LDvMOfZQ?= =?utf-8?B?IGFu?=", "Grüße an"),
    ("no padding by one", "=?utf-8?B?R3LDvMOfZSE?=", "Grüße!"),
    ("one letter of base64 too many", "=?utf-8?B?R3LDvMOfZSEhX?=", "Grüße!!"),
    ("base64 for URLs", "=?utf-8?B?w5_Dn8O_?=", "ßßÿ"),
    ("spaces inside", "=?iso-8859-1?Q?F=FCr Freitag oder so?=", "Für Freitag oder so"),
    ("folded inside", "=?utf-8?Q?F=C3=BCr\r\n Freitag?=", "Für Freitag"),
    ("base64 folded inside", "=?utf-8?B?R3LD\r\n vMOfZQ==?=", "Grüße"),
    ("a question mark inside", "=?utf-8?Q?Wo_ist_die_T=C3=BCr?_Hier!?=", "Wo ist die Tür? Hier!"),
    ("raw octets inside, in the charset of the word", "=?iso-8859-1?Q?F\udcfcr_uns?=", "Für uns"),
    ("raw UTF-8 inside", "=?utf-8?Q?F\udcc3\udcbcr_uns?=", "Für uns"),
    ("UTF-8 in a word that says ISO-8859-1", "=?iso-8859-1?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
    ("ISO-8859-1 in a word that says UTF-8", "=?utf-8?Q?Gr=FC=DFe?=", "Grüße"),
    ("a word that says ASCII", "=?us-ascii?Q?Gr=FC=DFe?=", "Grüße"),
    ("a label that is not known", "=?x-unknown?Q?Gr=FC=DFe?=", "Grüße"),
    ("no label", "=??Q?Gr=FC=DFe?=", "Grüße"),
    ("an alias", "=?iso8859-1?Q?Gr=FC=DFe?=", "Grüße"),
    ("the label of Windows", "=?cp932?B?i+CXag==?=", "金曜"),
    ("vendor letters", "=?ISO-2022-JP?B?GyRCLSEtahsoQg==?=", "①㈱"),
    ("ISO-2022-JP in two words", "=?iso-2022-jp?B?GyRCNmIbKEI=?= =?iso-2022-jp?B?GyRCTUsbKEI=?=", "金曜"),
    ("raw ISO-2022-JP", "Re: \x1b$B6bMK\x1b(B", "Re: 金曜"),
    ("raw UTF-8 beside a word", "\udcc3\udcbc =?utf-8?Q?=C3=BC?=", "ü ü"),
    ("a word that does not end before another", "=?utf-8?q?abc =?utf-8?q?=C3=BC?=", "=?utf-8?q?abc ü"),
    ("no word", "a =? b ?= c", "a =? b ?= c"),
    ("a word in quotation marks", '"=?utf-8?q?=C3=BC?="', '"ü"'),
)


@pytest.mark.parametrize(("name", "value", "shown"), WORDS, ids=[row[0] for row in WORDS])
def test_an_encoded_word_is_read(name: str, value: str, shown: str) -> None:
    assert decode_field(value) == shown


RAW = (
    ("koi8-r", "koi8_r", "Письмо о крыше"),
    ("windows-1251", "cp1251", "Письмо о крыше"),
    ("iso-8859-2", "iso8859_2", "Żółty dom"),
    ("windows-1250", "cp1250", "Žluťoučký kůň"),
    ("iso-8859-7", "iso8859_7", "Η στέγη"),
    ("windows-1255", "cp1255", "הגג"),
    ("windows-1256", "cp1256", "السقف"),
    ("tis-620", "cp874", "หลังคา"),
    ("shift_jis", "cp932", "屋根の件"),
    ("gb2312", "gb18030", "关于屋顶"),
    ("big5", "cp950", "關於屋頂"),
    ("euc-kr", "cp949", "지붕 문제"),
    ("iso-8859-1", "cp1252", "Über das Dach"),
    ("windows-1254", "cp1254", "Çatı için"),
    ("koi8-r", "utf_8", "Письмо о крыше"),
    ("iso-8859-1", "utf_8", "Über das Dach"),
)
IDS = [f"{row[1]} beside {row[0]}" for row in RAW]


@pytest.mark.parametrize(("label", "codec", "shown"), RAW, ids=IDS)
def test_a_raw_subject_is_in_the_charset_of_the_text(label: str, codec: str, shown: str) -> None:
    head = (*HEAD[:2], b"Subject: " + shown.encode(codec), *HEAD[3:])
    assert read(mail(f"Content-Type: text/plain; charset={label}", head=head)).subject == shown


@pytest.mark.parametrize(("label", "codec", "shown"), RAW, ids=IDS)
def test_a_raw_file_name_is_in_the_charset_of_the_text(label: str, codec: str, shown: str) -> None:
    words = part(f"Content-Type: text/plain; charset={label}", body="Yes.")
    name = b'Content-Disposition: attachment; filename="' + shown.encode(codec) + b'.pdf"'
    file = mail("Content-Type: application/pdf", name, head=(), body="%PDF")
    assert read(whole("mixed", words, file)).attachments[0].name == f"{shown}.pdf"


FILE_NAMES = (
    ("an encoded word", 'filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?="', "Grüße.pdf"),
    ("an encoded word without quotation marks", "filename==?utf-8?B?R3LDvMOfZS5wZGY=?=", "Grüße.pdf"),
    ("an encoded word with an alias", 'filename="=?cp1252?Q?Gr=FC=DFe.pdf?="', "Grüße.pdf"),
    ("RFC 2231", "filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
    ("RFC 2231 with an alias", "filename*=iso8859-1''Gr%FC%DFe.pdf", "Grüße.pdf"),
    ("RFC 2231 with a wrong label", "filename*=iso-8859-1''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
    ("RFC 2231 with no label", "filename*=''Gr%FC%DFe.pdf", "Grüße.pdf"),
    ("RFC 2231 in pieces, cut in a letter", "filename*0*=utf-8''Gr%C3; filename*1*=%BC%C3%9Fe.pdf", "Grüße.pdf"),
    ("vendor letters", 'filename="=?iso-2022-jp?B?GyRCLSEtahsoQi5wZGY=?="', "①㈱.pdf"),
    ("raw UTF-8", 'filename="Grüße.pdf"', "Grüße.pdf"),
)


@pytest.mark.parametrize(("name", "value", "shown"), FILE_NAMES, ids=[row[0] for row in FILE_NAMES])
def test_a_file_name_is_read(name: str, value: str, shown: str) -> None:
    file = mail("Content-Type: application/pdf", f"Content-Disposition: attachment; {value}", head=(), body="%PDF")
    assert read(whole("mixed", text("Yes."), file)).attachments[0].name == shown
