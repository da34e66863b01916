"""Defines what the rules of this package may use of a mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.records import Custody
from workers.parse.mime.charsets import one_line
from workers.parse.mime.parts import Leaf
from workers.parse.mime.tree import Part
from workers.parse.text.lines import Line

LONGEST_EVIDENCE = 300


@dataclass(frozen=True, slots=True)
class DetectionInput:
    """The parts of a mail that rules may use.

    `author` and `name` are the address and the display name in From, "" if they are not clear. `text` has the person's
    own words, `lines` the whole body.
    """

    root: Part
    leaves: Sequence[Leaf]
    custody: Custody
    subject: str
    author: str
    text: str
    name: str = ""
    lines: Sequence[Line] = ()

    def field(self, name: str) -> str:
        """Returns the first value of a header field as one line, "" if absent."""
        values = self.root.field_values(name)
        return one_line(values[0], LONGEST_EVIDENCE) if values else ""

    def field_names(self) -> list[str]:
        """Returns the names of all header fields, in lower case."""
        return [name.lower() for name in self.root]

    def has_part(self, *kinds: str) -> bool:
        """Returns whether the mail has a part of one of these types that is not attached as a file."""
        return any(leaf.type in kinds and leaf.disposition != "attachment" for leaf in self.leaves)

    def whole_text(self) -> str:
        """Returns the text of the whole body, quotes included."""
        return "\n".join(line.text for line in self.lines)
