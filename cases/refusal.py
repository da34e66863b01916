"""The value that the rules of the case system return to refuse something."""

from dataclasses import dataclass

from schemas.files import FileReason
from schemas.reasons import Reason


@dataclass(frozen=True)
class Refusal:
    """Why something was not done. A function that may refuse returns a `Refusal` instead of its result or None.

    `words` is a sentence for the person who asked; `str()` returns it. `reason` is the code under which a refused mail
    is filed, and `file_reason` the code for a file that is left out of an update.
    """

    words: str
    reason: Reason = Reason.REFUSED
    file_reason: FileReason | None = None

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class FieldRefusal(Refusal):
    """A refusal because of one field, named as in the record that was refused."""

    field: str = ""
