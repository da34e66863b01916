"""The exceptions of casemail, and which failures of a stage are worth another try.

What is wrong with a mail is not an exception but a value: a stage returns a `Rejection`, a rule of the case system a
`Refusal`. Exceptions are for what is wrong with us, or with a server that we need.

CasemailError                  schemas/errors.py
+-- TransientError             the runner tries the stage again later; then the mail is parked under its `reason`
+-- SettingsError              schemas/settings: the command line prints it
+-- SealError                  storage/secret_box: fetch notes it at the source; shown to the admin who adds one
+-- BlobMissingError           storage/blobs: the mail is parked; a page says that the file is gone
+-- BlobStoreError             storage/blobs, also a ConnectionError: as TransientError
+-- NotErasableError           cases/erasure: shown to the admin
+-- TooManyError, TakenNameError, SecretMissingError
|                              cases/inbound/sources, also ValueErrors: shown to the admin
+-- TooHeavyError              cases/files: the file goes to the heavy stage
+-- ScanError and its subclasses, UnreadableFileError
|                              cases/files: the file is left out
+-- SandboxError               cases/sandbox: becomes a Rejection, a reason for a file, or a TransientError
|   +-- SandboxUnavailableError, WorkerDiedError, LimitExceededError, BadAnswerError
+-- OverLimit, TooManyHops, Unreadable
|                              workers/parse: become a Rejection
+-- NoAnswerError              workers/authenticate: becomes a verdict, or a TransientError
+-- SourceError                workers/fetch: noted at the source, which is fetched again in its period
|   +-- LoginRefusedError, TooLargeError
+-- LeaseLostError             storage/ledger: another process fetches the source now; this one stops
+-- NoRoomError                workers/fetch, also an OSError: the sender is asked to come again
+-- BusyError                  workers/fetch: LMTP asks the sender to come again
+-- RefusedError               workers/fetch: the HTTP answer of a webhook

BrokerError                    Dramatiq's; workers/broker/errors.py has ours: TopicError, MessageTooLargeError, and
                               PoisonError, which the runner turns into a parked mail

Any other exception is a fault: the runner parks the mail for a person.
"""

from schemas.errors import CasemailError
from schemas.reasons import Reason
from storage.database import is_transient as database_is_transient


class TransientError(CasemailError):
    """Something outside is not available at the moment. `reason` is what the mail is held for if that lasts."""

    def __init__(self, words: str = "", *, reason: Reason = Reason.INTERNAL_ERROR) -> None:
        super().__init__(words)
        self.reason = reason


def is_transient(error: Exception) -> bool:
    """Returns whether trying again later can help: a `TransientError`, a failed connection, a database restart."""
    return isinstance(error, TransientError | ConnectionError | TimeoutError) or database_is_transient(error)
