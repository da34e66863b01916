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
    FileReason.SIGNATURE_PICTURE: "a picture of the sender's signature",
    FileReason.DECORATION: "a picture that shows nothing, such as an icon, a line or a tracking pixel",
    FileReason.MAIL_PART: "a part of how the mail is made, such as its digital signature",
    FileReason.TNEF: "Outlook packed files into it that only Outlook opens: ask for them in a mail in HTML format",
}

#: What was no file in the eyes of who sent it: nobody is told that it was left out; the page of the mail shows it.
NO_FILES = frozenset({FileReason.INLINE, FileReason.SIGNATURE_PICTURE, FileReason.DECORATION, FileReason.MAIL_PART})


class FilePolicy(BaseModel):
    """What files a tenant lets into updates; stored as JSON with the tenant, where what is missing has its default.

    `most_files` is a count, `most_bytes` of one file and `most_bytes_together` of those of an update are in bytes.
    `types` are the endings that are allowed, in lower case without the dot; None means the default list.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    most_files: int = Field(DEFAULT_FILES, ge=1, le=MOST_FILES)
    most_bytes: int = Field(25 * _MB, ge=1)
    most_bytes_together: int = Field(25 * _MB, ge=1)
    types: frozenset[str] | None = None
