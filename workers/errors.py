"""What can go wrong with us, as opposed to a `Rejection`, which is a decision about the mail.

Exception
+-- Transient            passes by itself: the stage is tried again, later
+-- anything else        is ours to mend: the mail is parked for a person
"""

from schemas.reasons import Reason
from storage.database import is_transient as database_is_transient


class Transient(Exception):  # noqa: N818  # the name is the design's word
    """Something outside is not there at the moment. `reason` is what the mail is held for when it stays away."""

    def __init__(self, words: str = "", *, reason: Reason = Reason.INTERNAL_ERROR) -> None:
        super().__init__(words)
        self.reason = reason


def is_transient(error: Exception) -> bool:
    """Whether trying again later can help: our own `Transient`, a connection that failed, a database restart."""
    return isinstance(error, Transient | ConnectionError | TimeoutError) or database_is_transient(error)
