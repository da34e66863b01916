"""Text for the terminal."""

from workers.parse.mime.charsets import clean


def visible(text: str) -> str:
    """Returns `text` with U+FFFD for each character that could control a terminal; line ends and tabs stay."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in clean(text))
