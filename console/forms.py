"""What people type, as the database and the rules take it."""

#: Longest search text looked at, in characters.
MAX_SEARCH = 200


def typed(text: str) -> str:
    """Text from a form: LF line ends (a form sends CRLF: HTML standard, "constructing the entry list"), no NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def like(search: str) -> str:
    """The LIKE pattern that finds `search` anywhere, its own `%` and `_` taken as letters."""
    wanted = typed(search).strip()[:MAX_SEARCH]
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, "\\" + special)
    return f"%{wanted}%"
