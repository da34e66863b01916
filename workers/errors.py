"""Lists the exceptions of casemail, and decides which failures of a stage are retried.

A problem with a mail is a value, not an exception: a stage returns a `Rejection`, a rule of the case system a
`Refusal`. Exceptions are for faults of casemail and of servers that it needs.

CasemailError                  schemas/errors.py
+-- TransientError             the runner tries the stage again later; then the mail is parked under its `reason`
+-- SettingsError              schemas/settings: the command line prints it
+-- SealError                  storage/secret_box: fetch notes it at the source; shown to an admin who adds a source
+-- BlobMissingError           storage/blobs: tried again, as a store may lag or not be mounted; then the mail is parked
|                              as `original_missing`; on a page, shown as a file that is gone
+-- BlobStoreError             storage/blobs, also a ConnectionError: handled as a TransientError
+-- NotErasableError           cases/erasure: shown to the admin
+-- TooHeavyError              cases/files: the mail waits for the heavy stage; a preview leaves its files out
+-- ScanError and its subclasses, UnreadableFileError
|                              cases/files: the file is left out
+-- SandboxError               cases/sandbox: becomes a Rejection, a reason for a file, or a TransientError
|   +-- SandboxUnavailableError (NoSlotError), WorkerDiedError, LimitExceededError, BadAnswerError
+-- OverLimitError, TooManyHopsError, UnreadableError
|                              workers/parse: become a Rejection
+-- NoAnswerError              workers/authenticate: becomes a verdict, or a TransientError
+-- _UnreadableError           workers/authenticate/rfc8601: the result counts as unclear, or the field as empty
+-- SourceError                workers/fetch: noted at the source, which is fetched again in its period
|   +-- LoginRefusedError, TooLargeError
+-- LeaseLostError             storage/ledger: another process fetches the source now; this one stops
+-- NoRoomError                workers/fetch, also an OSError: a sender is asked to try again later; a fetch is noted
|                              at its source
+-- BusyError                  workers/fetch: LMTP and webhooks ask the sender to try again later
+-- RefusedError               workers/fetch: the HTTP answer of a webhook
+-- BusyError                  console/guards: the page asks the person to try again in some seconds
+-- LoggedOutError             console/web: the console asks the person to log in
+-- EmbeddedServerError, WaitedTooLongError
|                              ops: the command line or the demo prints it

BrokerError                    Dramatiq's; workers/broker/errors.py draws the tree of the broker. Of it, PoisonError is
                               turned into a parked mail by the runner

Any other exception is a fault: a stage that parks holds the mail for a person; the other stages try again when their
order comes again.
"""

from schemas.errors import CasemailError
from schemas.reasons import Reason
from storage.blobs.store import BlobMissingError
from storage.database import is_transient as database_is_transient


class TransientError(CasemailError):
    """A server or other resource is unavailable for now. If that lasts, the mail is held for `reason`."""

    def __init__(self, words: str = "", *, reason: Reason = Reason.INTERNAL_ERROR) -> None:
        super().__init__(words)
        self.reason = reason


def is_transient(error: Exception) -> bool:
    """Returns whether a retry can help: after a `TransientError`, a failed connection or a database restart, or while
    the blob store does not show a blob yet."""
    return isinstance(error, BlobMissingError) or is_away(error)


def is_away(error: Exception) -> bool:
    """Returns whether a server or other resource is unavailable for now."""
    return isinstance(error, TransientError | ConnectionError | TimeoutError) or database_is_transient(error)


def reason_of(error: Exception) -> Reason:
    """Returns the reason for which a mail is held when a stage failed for good with `error`."""
    match error:
        case TransientError():
            return error.reason
        case BlobMissingError():
            return Reason.ORIGINAL_MISSING
    return Reason.INTERNAL_ERROR
