"""The names of charsets, as standards have them and as mail programs write them, and the codecs that stay out."""

import codecs
from encodings.aliases import aliases

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.parse.mime.charset_labels import codec_of

#: WHATWG Encoding section 4.2, but for the charsets that it replaces; and names that only IANA has.
NAMES = {
    "utf_8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 csUTF8",
    "cp866": "866 cp866 csibm866 ibm866",
    "iso8859_2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859_3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859_4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859_5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859_6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859_7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "iso8859_8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
    "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859_10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859_13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859_14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859_15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 Latin-9",
    "iso8859_16": "iso-8859-16 ISO_8859-16:2001 latin10",
    "koi8_r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8_u": "koi8-ru koi8-u",
    "mac_roman": "csmacintosh mac macintosh x-mac-roman",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 csTIS620",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 "
    "latin1 windows-1252 x-cp1252",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 CP936 MS936",
    "cp950": "big5 cn-big5 csbig5 x-x-big5",
    "big5hkscs": "big5-hkscs",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp Extended_UNIX_Code_Packed_Format_for_Japanese",
    "iso2022_jp": "csiso2022jp iso-2022-jp ISO-2022-JP-2 iso-2022-jp-ms CP50221",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis csWindows31J cp932",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949 ms949 cp949",
    "utf_16_be": "unicodefffe utf-16be",
    "utf_16_le": "utf-16le",
    "utf_16": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16",
    "ascii": "ansi_x3.4-1968 ascii us-ascii iso-ir-6 ANSI_X3.4-1986 ISO646-US us",
    "cp850": "IBM850 cp850 850 csPC850Multilingual",
    "cp437": "IBM437 cp437 437 csPC8CodePage437",
    "cp858": "IBM00858 CCSID00858 CP00858",
    "cp852": "IBM852 cp852 852 csPCp852",
    "hp_roman8": "hp-roman8 roman8 r8 csHPRoman8",
    "kz1048": "KZ-1048 STRK1048-2002 RK1048 csKZ1048",
    "ptcp154": "PTCP154 csPTCP154 PT154 CP154 Cyrillic-Asian",
}
LABELS = [(name, codec) for codec, names in NAMES.items() for name in names.split()]


@pytest.mark.parametrize(("label", "codec"), LABELS, ids=[row[0] for row in LABELS])
def test_every_name_of_a_standard_is_known_in_any_case_and_with_any_hyphens(label: str, codec: str) -> None:
    forms = {label, label.upper(), label.replace("-", "_"), f'"{label}"', f"'{label}'", f" {label} ", f"{label};"}
    assert {codec_of(form) for form in forms} == {codec}


WRITTEN = (
    ("charset=charset=utf-8", "utf_8"),
    ('charset="utf-8"', "utf_8"),
    ("utf-8; format=flowed", "utf_8"),
    ("iso-8859-1;reply-type=original", "cp1252"),
    ('"windows-1251" Content-Transfer-Encoding: 8bit', "cp1251"),
    ("utf-8\r\n Content-Disposition: inline", "utf_8"),
    ("UTF 8", "utf_8"),
    ("ISO 8859-2", "iso8859_2"),
    ("ISO8859_15", "iso8859_15"),
    ("8859-1", "cp1252"),
    ("latin-1", "cp1252"),
    ("ANSI", "cp1252"),
    ("win-1251", "cp1251"),
    ("1250", "cp1250"),
    ("windows-65001", "utf_8"),
    ("cp65001", "utf_8"),
    ("codepage-1252", "cp1252"),
    ("UTF-8-MAC", "utf_8"),
    ("utf-8//IGNORE", "utf_8"),
    ("x-windows-949", "cp949"),
    ("x-mac-ce", "mac_latin2"),
    ("<utf-8>", "utf_8"),
)


@pytest.mark.parametrize(("label", "codec"), WRITTEN, ids=[repr(row[0]) for row in WRITTEN])
def test_what_programs_write_instead_of_a_name_is_known(label: str, codec: str) -> None:
    assert codec_of(label) == codec


REFUSED = (
    *("utf-7", "unicode-1-1-utf-7", "csUnicode11UTF7", "x-utf-7", "utf7", "hz", "hz-gb-2312", "x-hz", "punycode"),
    *(
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "rot13",
        "rot_13",
        "base64",
        "zlib",
        "hex",
        "bz2",
        "uu",
        "quopri",
    ),
    *("mbcs", "undefined", "charmap", "", " ", "x-unknown", "unknown-8bit", "none", "default", "8bit", "?", "x", "cp"),
    *("iso-8859-12", "x-user-defined", "iso-2022-cn", "..", "\0", "\ufeff"),
)


@pytest.mark.parametrize("label", REFUSED, ids=repr)
def test_no_other_codec_has_a_name(label: str) -> None:
    assert codec_of(label) is None


#: Codecs that turn harmless bytes into markup, take quadratic time, or are no charsets.
DANGEROUS = {"utf-7", "hz", "punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}


@given(st.sampled_from(sorted({*aliases, *aliases.values()})) | st.text(max_size=30), st.sampled_from(("", "x-", "cs")))
def test_a_name_leads_to_a_codec_of_text_or_to_none(label: str, prefix: str) -> None:
    codec = codec_of(prefix + label)
    if codec is not None:
        assert codecs.lookup(codec).name not in DANGEROUS
        assert isinstance(b"".decode(codec), str)
