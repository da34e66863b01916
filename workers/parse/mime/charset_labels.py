"""Finds the codec for the name of a charset, as mail programs write it.

The names are those of the WHATWG Encoding standard (section 4.2), of IANA and of Python, for the codecs that are
allowed here, and what programs write beside them. A codec that is not in `_CODECS` can't be reached by any name: UTF-7
and HZ turn harmless bytes into markup, punycode and IDNA take quadratic time, others are no charsets.
"""

import re
from encodings.aliases import aliases
from functools import lru_cache

#: Codecs in which the bytes of ASCII mean something else: they are used only for bytes that can't be ASCII.
UNLIKE_ASCII = frozenset(
    {
        *("utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"),
        *("cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"),  # EBCDIC
    }
)
#: All forms of ISO-2022-JP are read alike (iso2022.py).
ISO_2022_JP = "iso2022_jp"
MULTIBYTE = frozenset(
    ("cp932", "shift_jis_2004", "euc_jp", "euc_jis_2004", "gb18030", "cp950", "big5hkscs", "cp949", "johab")
)

_CODECS = frozenset(
    {
        *("utf_8", "ascii", "cp874", "koi8_r", "koi8_u", "koi8_t", "kz1048", "ptcp154", "hp_roman8", "iso2022_kr"),
        *(f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
        *(f"cp{n}" for n in (*range(1250, 1259), 437, 720, 737, 775, 850, 852, *range(855, 859), *range(860, 867))),
        *("cp869", "cp1006", "cp1125"),
        *("mac_roman", "mac_latin2", "mac_cyrillic", "mac_greek", "mac_turkish", "mac_iceland", "mac_croatian"),
        *("mac_romanian", "mac_arabic", "mac_farsi"),
        ISO_2022_JP,
        *MULTIBYTE,
        *UNLIKE_ASCII,
    }
)
#: Charsets that are read as a larger one: what the label means in practice (WHATWG), or the same with more letters.
_READ_AS = {
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "utf_8_sig": "utf_8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
    "shift_jis": "cp932",
    "shift_jisx0213": "shift_jis_2004",
    "euc_jisx0213": "euc_jis_2004",
    **{f"iso2022_jp_{form}": ISO_2022_JP for form in ("1", "2", "2004", "3", "ext")},
}
#: Names that Python does not know, without their hyphens, by codec.
_MORE_NAMES = {
    "utf_8": "utf8mb4 utf8bom unicode11utf8 unicode20utf8 cp65001",
    "ascii": "cp20127 isolatin ansix341968",
    "cp1252": "ansi windowslatin1 isolatin1 western 88591 latin1windows cp28591 cp5348 usascii8bit iso885911987",
    "cp1250": "windowslatin2 easteurope",
    "iso8859_2": "88592 cp28592",
    "iso8859_3": "88593 cp28593",
    "iso8859_4": "88594 cp28594",
    "iso8859_5": "88595 cp28595",
    "iso8859_6": "88596 cp28596 iso88596e iso88596i asmo449",
    "iso8859_7": "88597 cp28597 suneugreek elot928",
    "iso8859_8": "88598 cp28598 cp38598 iso88598i iso88598e logical visual",
    "cp1254": "88599 cp28599 iso885991989",
    "iso8859_13": "885913 cp28603",
    "iso8859_15": "885915 cp28605 latin0 csisolatin9",
    "cp874": "dos874 885911 cp28601 iso8859112001",
    "koi8_r": "koi koi8 koi8rus cp20866",
    "koi8_u": "koi8ru cp21866",
    "mac_roman": "mac cp10000 xmacintosh applemacintosh macwestern",
    "mac_cyrillic": "macukrainian cp10007 cp10017",
    "mac_greek": "cp10006",
    "mac_latin2": "macce maccenteuro cp10029",
    "mac_turkish": "cp10081",
    "gb18030": "cp936 ms936 windows936 cp54936 gb180302000 gb180302005 gb180302022 gbk2k chinesegb cngb eucgb isoir58 "
    "gb231280 cp20936 chinese csiso58gb231280 ms54936",
    "cp950": "cnbig5 ms950 windows950 eten big5eten bigfive chinesebig5",
    "big5hkscs": "cp951 big5hkscs2001 big5hkscs2004 hkscs",
    "cp949": "ms949 uhc windows949 unifiedhangulcode cp51949 ksc56011987 ksc56011989 ksc5601 ksx1001 isoir149 korean"
    " csksc56011987 xwindows949",
    "johab": "cp1361 ksc56011992",
    "cp932": "sjis mskanji ms932 windows31j windows932 csshiftjis shiftjis cp943 sjiswin shiftjisms win31j",
    "euc_jp": "eucjp ujis eucjpms eucjpwin cp51932 cp20932 eucpkdfmtjapanese extendedunixcodepackedformatforjapanese",
    ISO_2022_JP: "cp50220 cp50221 cp50222 jis jiscode jisencoding iso2022jpms iso2022jp1 junet jis7 jis8",
    "iso2022_kr": "cp50225",
    "utf_16": "unicode ucs2 iso10646ucs2 csunicode cp1200 unicodefeff iso10646",
    "utf_16_be": "cp1201 unicodefffe",
    "utf_32": "ucs4 iso10646ucs4 cp12000",
    "utf_32_be": "cp12001",
    "cp866": "dos866 csibm866",
    "cp850": "pc850multilingual",
    "cp775": "pc775baltic",
    "cp852": "pcp852",
    "cp437": "pc8codepage437",
    "cp858": "pcmultilingual850euro",
    "cp862": "pc862latinhebrew",
    "cp1140": "ebcdicus37euro",
    "ptcp154": "cyrillicasian",
    "kz1048": "strk10482002",
}
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
#: A label that has run into the next parameter or field: `"iso-8859-1" Content-Transfer-Encoding: 8bit`.
_FIRST_WORD = re.compile(r"[\s\"'=:;,<]*+([^\s\"';,<>]++)")
_AGAIN = re.compile(r"^[\s\"']*(?:charset\s*[=:][\s\"']*)+", re.IGNORECASE)
_PREFIX = re.compile(r"(?:x|cs|windows|win|microsoft|ms|dos|ibm|oem|codepage|ccsid|cp)(?=[a-z0-9])")
#: A known name at the start of one that is not, such as UTF-8-MAC.
_BEGINNING = re.compile(r"utf8|iso8859\d{1,2}|windows\d{3,4}|koi8[ru]|iso2022jp|shiftjis|gb2312|big5|euc(?:jp|kr)")
_MOST_PREFIXES = 4
_LONGEST = 100


def _plain(label: str) -> str:
    return _NOT_ALNUM.sub("", label.lower())


def _by_name() -> dict[str, str]:
    names = {_plain(codec): codec for codec in _CODECS}
    known = [*aliases.items(), *((codec, codec) for codec in _READ_AS)]
    for alias, codec in known:
        read_as = _READ_AS.get(codec, codec)
        if read_as in _CODECS:
            names[_plain(alias)] = read_as
    return names | {name: codec for codec, more in _MORE_NAMES.items() for name in more.split()}


_BY_NAME = _by_name()


@lru_cache(maxsize=256)
def codec_of(label: str) -> str | None:
    """Returns the codec for the name of a charset; None for a name that is not known, or whose codec is refused.

    Case, hyphens, quotation marks and what has run into the name don't matter, nor do the prefixes of private names.
    """
    written = _AGAIN.sub("", label[:_LONGEST])
    word = _FIRST_WORD.match(written)
    for text in (written, word[1] if word else ""):
        name = _plain(text)
        for _ in range(_MOST_PREFIXES):
            if codec := _BY_NAME.get(name) or _BY_NAME.get(f"cp{name.lstrip('0')}"):
                return codec
            if not (prefix := _PREFIX.match(name)):
                break
            name = name[prefix.end() :]
    beginning = _BEGINNING.match(_plain(written))
    return _BY_NAME.get(beginning[0]) if beginning else None
