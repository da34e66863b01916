"""Puts a text together again from its kept and cut pieces."""

from workers.parse.text.reply import Reply


def restored(reply: Reply) -> str:
    """Returns the text with every cut put back at its offset."""
    text = reply.text
    for cut in reversed(reply.cut):
        text = f"{text[: cut.before]}\n{cut.text}\n{text[cut.before :]}"
    return text


def squeezed(text: str) -> str:
    """Returns the text without white space."""
    return "".join(text.split())
