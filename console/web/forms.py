"""What people type, as the database and the rules take it."""

from fastapi import HTTPException, Request

_NUL = "There is a character in this form that can't be stored (U+0000). Go back and take it out."

#: Longest search text looked at, in characters.
MAX_SEARCH = 200


def form_text(text: str) -> str:
    """Text from a form: LF line ends (a form sends CRLF: HTML standard, "constructing the entry list"), no NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


async def check_text(request: Request) -> None:
    """Refuses a form with a character that PostgreSQL has not (400); stands before every endpoint."""
    if request.method == "POST":
        sent = (await request.form()).multi_items()
        if any("\0" in name or (isinstance(value, str) and "\0" in value) for name, value in sent):
            raise HTTPException(400, _NUL)


def like(search: str) -> str:
    """The LIKE pattern that finds `search` anywhere, its own `%` and `_` taken as letters."""
    wanted = form_text(search).strip()[:MAX_SEARCH]
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, "\\" + special)
    return f"%{wanted}%"
