"""Text from forms, made fit for the database and the rules."""

from fastapi import HTTPException, Request

_NUL = "There is a character in this form that can't be stored (U+0000). Go back and take it out."

#: How many characters of a search text are used.
MAX_SEARCH = 200


def form_text(text: str) -> str:
    """Returns text from a form without NUL, and with LF line ends (forms send CRLF: HTML standard, "constructing the
    entry list")."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


async def check_text(request: Request) -> None:
    """Raises HTTPException (400) for a form with U+0000, which PostgreSQL can't store; runs before every endpoint."""
    if request.method == "POST":
        sent = (await request.form()).multi_items()
        if any("\0" in name or (isinstance(value, str) and "\0" in value) for name, value in sent):
            raise HTTPException(400, _NUL)


def like(search: str) -> str:
    """Returns the LIKE pattern that finds `search` anywhere in a text; `%` and `_` in it are plain characters."""
    wanted = form_text(search).strip()[:MAX_SEARCH]
    for special in ("\\", "%", "_"):
        wanted = wanted.replace(special, "\\" + special)
    return f"%{wanted}%"
