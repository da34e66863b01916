"""Reads text of two octets a letter in which octets are broken or lost.

A decoder that skips a broken octet may take the second octet of each letter behind it for the first of another. Here
every reading of a line is weighed, and the cheapest is taken (Viterbi, 1967): usual letters cost little, rare ones
more, and a gap costs most. So a line has the fewest gaps, and no rubbish behind them.
"""

from collections.abc import Callable

_MOST = 65_536
_MOST_OCTETS = 4  # of a letter of GB 18030
_HIGH, _SECOND = 0x80, 0xA1  # the lowest first octet; the lowest second octet in the national standards
#: Costs. A gap before ASCII, or at the end, is where a letter was cut; a gap may be of two octets.
_CUT, _GAP, _MORE_GAP, _RARE, _ASCII, _SIGN = 80, 89, 10, 60, 10, 30
_HALF_WIDTH, _FULL_WIDTH, _PUNCTUATION = 80, 50, 20
_TEXT = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \t\r.,:;!?()'\"-/")
#: The cost of a letter by its first octet: the standards order their rows by how usual the letters are.
_ROWS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "gb18030": ((0xB0, 0xD7, 20), (0xA1, 0xA1, 20), (0xD8, 0xF7, 40)),  # GB 2312: level 1 by sound, level 2 by radical
    "cp949": ((0xB0, 0xC8, 20), (0xA1, 0xA1, 30), (0xCA, 0xFD, 50)),  # KS X 1001: Hangul, Hanja
    "euc_jp": ((0xA4, 0xA5, 20), (0xA1, 0xA1, 20), (0xB0, 0xCF, 20), (0xD0, 0xF4, 40)),  # JIS X 0208
}
#: The same for charsets whose second octet may be ASCII.
_LEADS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "cp950": ((0xA4, 0xC6, 20), (0xA1, 0xA1, 20), (0xC9, 0xF9, 40)),
    "cp932": ((0x82, 0x83, 15), (0x81, 0x81, 20), (0x88, 0x97, 20), (0x98, 0x9F, 40), (0xE0, 0xEA, 40)),
}


def decode_broken(data: bytes, codec: str, decode: Callable[[bytes], str]) -> str:
    """Returns the text with U+FFFD for each gap. `decode` reads a line that is whole; it raises `UnicodeError`."""
    lines, left = [], _MOST
    for line in data.split(b"\n"):
        try:
            lines.append(decode(line))
        except UnicodeError:
            left -= len(line)
            lines.append(_cheapest(line, codec, decode) if left >= 0 else line.decode(codec, "replace"))
    return "\n".join(lines)


def _cheapest(line: bytes, codec: str, decode: Callable[[bytes], str]) -> str:
    letters: dict[bytes, tuple[int, str]] = {}
    # best[at]: the cost of the line from `at` on, and the octets and text of the first letter there
    best: list[tuple[int, int, str]] = [(0, 0, "")] * (len(line) + 2)
    for at in range(len(line) - 1, -1, -1):
        if line[at] < _HIGH:
            best[at] = (best[at + 1][0] + (_ASCII if line[at] in _TEXT else _SIGN), 1, chr(line[at]))
            continue
        cut = at + 1 == len(line) or line[at + 1] < _HIGH
        found = min(
            (best[at + 1][0] + (_CUT if cut else _GAP), 1, "\ufffd"),
            (best[at + 2][0] + _GAP + _MORE_GAP * (4 if cut else 1), min(2, len(line) - at), "\ufffd"),
        )
        for size in range(1, min(_MOST_OCTETS, len(line) - at) + 1):
            octets = line[at : at + size]
            if octets not in letters:
                text = _letter(octets, decode)
                letters[octets] = (_cost(octets, text, codec), text)
            cost, text = letters[octets]
            if text:
                found = min(found, (best[at + size][0] + cost, size, text))
        best[at] = found
    out: list[str] = []
    at = 0
    while at < len(line):
        _, size, text = best[at]
        if text != "\ufffd" or out[-1:] != [text]:
            out.append(text)
        at += size
    return "".join(out)


def _letter(octets: bytes, decode: Callable[[bytes], str]) -> str:
    """Returns the one letter that the octets are; "" if they are not one."""
    try:
        text = decode(octets)
    except UnicodeError:
        return ""
    return text if len(text) == 1 and text != "\ufffd" else ""


def _cost(octets: bytes, text: str, codec: str) -> int:
    if "\uff00" <= text < "\uff5f":  # ASCII at the width of a Han letter: only the punctuation is usual
        return _FULL_WIDTH if text.isalnum() else _PUNCTUATION
    if len(octets) == 1:
        return _HALF_WIDTH
    rows = _LEADS.get(codec) or (_ROWS.get(codec, ()) if octets[1] >= _SECOND else ())
    return next((cost for first, last, cost in rows if first <= octets[0] <= last), _RARE)
