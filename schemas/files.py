"""Why a file is left out of an update, and which files a tenant allows: the same for mails and for the form."""

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
    NOT_SCANNED = "not_scanned"  # the scanner did not answer; it is scanned later
    UNSCANNABLE = "unscannable"  # the scanner can't read all of it
    SIGNATURE_PICTURE = "signature_picture"
    DECORATION = "decoration"
    MAIL_PART = "mail_part"
    TNEF = "tnef"


#: What each reason means, for people; `LeftOut.why` may say more.
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

#: Parts that the sender would not call files. Nobody is notified that they were left out; the mail's page lists them.
NO_FILES = frozenset({FileReason.INLINE, FileReason.SIGNATURE_PICTURE, FileReason.DECORATION, FileReason.MAIL_PART})


class Unscanned(StrEnum):
    """What happens while the malware scanner does not answer; no file passes unscanned."""

    FILES_WAIT = "files_wait"  # the text posts, the files are left out
    MAIL_WAITS = "mail_waits"  # the mail is tried again, and held in the end


class FilePolicy(BaseModel):
    """The files that a tenant allows in updates; stored as JSON with the tenant, where missing fields have defaults.

    `most_files` limits the number of files of an update, `most_bytes` the bytes of each file, `most_bytes_together` the
    bytes of all files. `types` are the allowed name endings, in lower case without the dot; None means the default
    list. `macros`, `external`, `active_pdf` and `encrypted` allow files that would be left out for the reason of that
    name.
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
        """Returns whether the policy allows files that would otherwise be left out for this reason."""
        return reason in SWITCHES and bool(getattr(self, reason))


#: The reasons that a tenant may switch off; each has a field of its name in `FilePolicy`.
SWITCHES = (FileReason.MACROS, FileReason.EXTERNAL, FileReason.ACTIVE_PDF, FileReason.ENCRYPTED)
