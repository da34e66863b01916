"""The one value with which the rules of the case system say no."""

from dataclasses import dataclass

from schemas.files import FileReason
from schemas.reasons import Reason


@dataclass(frozen=True)
class Refusal:
    """Why something was not done. A function that may refuse returns it where else it returns its result, or None.

    `words` is a sentence for the person who asked, and what `str()` gives. `reason` is the code under which a refused
    mail is filed, `file_reason` that of a file which is left out of an update.
    """

    words: str
    reason: Reason = Reason.REFUSED
    file_reason: FileReason | None = None

    def __str__(self) -> str:
        return self.words
