"""Whether a text shows anything: the same for the form and for mail."""

import re
import unicodedata

#: Letters and marks that are invisible: Hangul fillers, the Braille blank, variation selectors and the like
#: (Unicode, Default_Ignorable_Code_Point).
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_ASCII = re.compile("[!-~]")  # nearly every text has such a character; the rule for others takes longer
# Spaces and line ends; controls, formats such as the zero-width space and the soft hyphen, surrogates, and unassigned.
_BLANK = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Cn"})


def is_blank(text: str) -> bool:
    """Returns whether nothing of a text can be seen: `is_blank("\\u200b \\u3164")`."""
    if _ASCII.search(text):
        return False
    return all(unicodedata.category(char) in _BLANK for char in INVISIBLE.sub("", text))
