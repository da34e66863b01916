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
    NOT_SCANNED = "not_scanned"


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
    FileReason.NOT_SCANNED: "it could not be scanned yet, and is added by itself once it was",
}


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
