"""Files of updates: why one is left out, and what a tenant lets in. For files of the form and of mail alike."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

#: The default of `FilePolicy.most_files`, and the highest that a tenant may choose.
DEFAULT_FILES, MOST_FILES = 5, 20
_MB = 1_000_000


class FileReason(StrEnum):
    """Why a part of a mail, or a file of the form, did not become a file of the update; stored with the update."""

    INLINE = "inline"
    EMPTY = "empty"
    TYPE = "type"
    CONTENT = "content"
    BROKEN = "broken"
    SAME_FILE = "same_file"
    TOO_MANY = "too_many"
    TOO_LARGE = "too_large"
    TOO_LARGE_TOGETHER = "too_large_together"
    BOMB = "bomb"
    UNREADABLE = "unreadable"
    MACROS = "macros"
    EXTERNAL = "external"
    ACTIVE_PDF = "active_pdf"
    ENCRYPTED = "encrypted"
    MALWARE = "malware"
    NOT_SCANNED = "not_scanned"  # the scanner was away: by itself that passes
    UNSCANNABLE = "unscannable"  # the scanner can't look into the whole of it
    SIGNATURE_PICTURE = "signature_picture"
    DECORATION = "decoration"
    MAIL_PART = "mail_part"
    TNEF = "tnef"


#: What each reason means, for a person; a fuller sentence may stand in `LeftOut.why`.
FILE_REASONS: dict[FileReason, str] = {
    FileReason.INLINE: "a picture inside the text",
    FileReason.EMPTY: "it is empty",
    FileReason.TYPE: "files of its type are not supported",
    FileReason.CONTENT: "its content is not what its name says",
    FileReason.BROKEN: "it arrived broken",
    FileReason.SAME_FILE: "the same file is there already",
    FileReason.TOO_MANY: "an update has no more files than that",
    FileReason.TOO_LARGE: "it is too large",
    FileReason.TOO_LARGE_TOGETHER: "the files together are too large",
    FileReason.BOMB: "it would be far too large unpacked",
    FileReason.UNREADABLE: "it can't be read",
    FileReason.MACROS: "it has macros or programs in it",
    FileReason.EXTERNAL: "it loads parts of itself from elsewhere",
    FileReason.ACTIVE_PDF: "it has JavaScript or starts programs",
    FileReason.ENCRYPTED: "it is locked with a password",
    FileReason.MALWARE: "malware was found in it",
    FileReason.NOT_SCANNED: "it could not be checked for malware yet, and is added by itself once it was",
    FileReason.UNSCANNABLE: "it can't be checked for malware",
    FileReason.SIGNATURE_PICTURE: "a picture of the sender's signature",
    FileReason.DECORATION: "a picture that shows nothing, such as an icon, a line or a tracking pixel",
    FileReason.MAIL_PART: "a part of how the mail is made, such as its digital signature",
    FileReason.TNEF: "Outlook packed files into it that only Outlook opens: ask for them in a mail in HTML format",
}

#: What was no file in the eyes of who sent it: nobody is told that it was left out; the page of the mail shows it.
NO_FILES = frozenset({FileReason.INLINE, FileReason.SIGNATURE_PICTURE, FileReason.DECORATION, FileReason.MAIL_PART})


class Unscanned(StrEnum):
    """What happens while the malware scanner does not answer; nothing passes unscanned."""

    FILES_WAIT = "files_wait"  # the text posts, the files are left out
    MAIL_WAITS = "mail_waits"  # the mail is tried again, and held in the end


class FilePolicy(BaseModel):
    """What files a tenant lets into updates; stored as JSON with the tenant, where what is missing has its default.

    `most_files` is a count, `most_bytes` of one file and `most_bytes_together` of those of an update are in bytes.
    `types` are the endings that are allowed, in lower case without the dot; None means the default list. `macros`,
    `external`, `active_pdf` and `encrypted` let in what is left out for the reason of that name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    most_files: int = Field(DEFAULT_FILES, ge=1, le=MOST_FILES)
    most_bytes: int = Field(25 * _MB, ge=1)
    most_bytes_together: int = Field(25 * _MB, ge=1)
    types: frozenset[str] | None = None
    macros: bool = False
    external: bool = False
    active_pdf: bool = False
    encrypted: bool = False
    unscanned: Unscanned = Unscanned.FILES_WAIT

    def lets_in(self, reason: FileReason) -> bool:
        """Whether a file may have in it what the reason is about."""
        return reason in SWITCHES and bool(getattr(self, reason))


#: The reasons that a tenant may switch off; each is the name of its field of `FilePolicy`.
SWITCHES = (FileReason.MACROS, FileReason.EXTERNAL, FileReason.ACTIVE_PDF, FileReason.ENCRYPTED)
