"""Puts a text together again from what was kept and cut of it."""

from workers.parse.text.reply import Reply


def restored(reply: Reply) -> str:
    """The text with every cut put back at its offset."""
    text = reply.text
    for cut in reversed(reply.cut):
        text = f"{text[: cut.before]}\n{cut.text}\n{text[cut.before :]}"
    return text


def squeezed(text: str) -> str:
    """The characters of a text without white space."""
    return "".join(text.split())
