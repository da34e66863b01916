"""A Maildir as a source: mail is taken from `new/` and, once in custody, moved to `cur/`."""

from pathlib import Path

from workers.fetch.custody import Arrival, Custodian
from workers.fetch.recipients import envelope_sender, recipients

#: Info suffix of a mail that was read (the Maildir format's flag S).
_SEEN = ":2,S"


def arrived(folder: Path, most: int) -> list[Path]:
    """The mails that wait in `new/`, oldest first, at most `most`.

    Raises `FileNotFoundError` when the folder is no Maildir.
    """
    names = sorted((folder / "new").iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [path for path in names if path.is_file() and not path.name.startswith(".")][:most]


def read(path: Path, declared: list[str], custodian: Custodian) -> list[Arrival]:
    """The mail in a file, once for each recipient of ours."""
    raw = path.read_bytes()
    found = recipients(raw, declared, custodian.is_ours, custodian.gave_out)
    sender = envelope_sender(raw)
    return [Arrival(raw, recipient, sender, path.name) for recipient in found]


def mark_taken(folder: Path, path: Path) -> None:
    """Tells the Maildir that we have the mail; one that is gone already needs no telling."""
    try:
        path.rename(folder / "cur" / (path.name.partition(":")[0] + _SEEN))
    except FileNotFoundError:
        return
