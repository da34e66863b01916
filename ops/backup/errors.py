"""The error of backup and restore."""

from schemas.errors import CasemailError


class BackupError(CasemailError):
    """A backup can't be made, verified or restored; the message says why, and what to do."""
