"""Finds the charset that a mail names, for its texts that name none."""

import re

from workers.parse.mime.charset_labels import codec_of
from workers.parse.mime.tree import Part, walk

_LABEL = re.compile(r"=\?([^?\s*]{1,60})[^?\s]{0,20}\?[bBqQ]\?")
_ANYTHING = (None, "utf_8", "ascii", "utf_16", "utf_32")  # say nothing of the charset of other texts


def nearby_charset(root: Part) -> str:
    """Returns the label of the charset of the first text that is not UTF-8; else that of an encoded word; else ""."""
    labels = (
        part.parameter("content-type", "charset") for part in walk(root) if part.declared_type().startswith("text/")
    )
    words = (
        match[1]
        for name in ("subject", "from")
        for value in root.field_values(name)
        if "=?" in value
        for match in _LABEL.finditer(value)
    )
    texts = (label for label in labels if isinstance(label, str))
    return next((label for found in (texts, words) for label in found if codec_of(label) not in _ANYTHING), "")
