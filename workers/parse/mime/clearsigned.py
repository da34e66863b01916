"""Takes the armour of a clear-signed PGP text away (RFC 9580 section 7): the lines around the words."""

import re

_BEGIN, _SIGNATURE, _END = (
    "-----BEGIN PGP SIGNED MESSAGE-----",
    "-----BEGIN PGP SIGNATURE-----",
    "-----END PGP SIGNATURE-----",
)
# Fields in the armour; only Hash is standard, old programs write Charset or Comment.
_FIELD = re.compile(r"[A-Za-z][A-Za-z-]{1,20}: ?\S.{0,200}")
_OF_SIGNATURE = re.compile(r"[A-Za-z0-9+/=]{0,120}|[A-Za-z][A-Za-z-]{1,20}: .{0,200}|[A-Za-z][A-Za-z-]{1,20}:")
_MOST_FIELDS, _MOST_LINES = 10, 400


def without_armour(lines: list[str]) -> list[str | None]:
    """Returns the lines without armour: None in the place of each line of it, and without the "- " that escapes a dash.

    A text whose signature is not whole stays as it is: what looks like armour may be a person's words.
    """
    out: list[str | None] = list(lines)
    at = 0
    while at < len(lines):
        if lines[at].strip() == _BEGIN and (signed := _signed(lines, at)):
            words, signature, end = signed
            for index in (*range(at, words), *range(signature, end)):
                out[index] = None
            for index in range(words, signature):
                out[index] = lines[index].removeprefix("- ")
            at = end
        else:
            at += 1
    return out


def _signed(lines: list[str], begin: int) -> tuple[int, int, int] | None:
    """Returns where the words, the signature and the rest begin; None if there is no whole signature."""
    words = begin + 1
    while words < min(len(lines), begin + _MOST_FIELDS) and _FIELD.fullmatch(lines[words].strip()):
        words += 1
    if words < len(lines) and not lines[words].strip():
        words += 1
    signature = next((at for at in range(words, len(lines)) if lines[at].strip() in (_SIGNATURE, _BEGIN)), len(lines))
    if signature == len(lines) or lines[signature].strip() == _BEGIN:
        return None
    for at in range(signature + 1, min(len(lines), signature + _MOST_LINES)):
        line = lines[at].strip()
        if line == _END:
            return words, signature, at + 1
        if not _OF_SIGNATURE.fullmatch(line):
            return None
    return None


def may_be_clearsigned(text: str) -> bool:
    """Returns whether a text has the first line of a clear-signed text anywhere."""
    return _BEGIN in text
