"""Decides whether and how a browser shows a file in the page, by the type that was detected in its content."""

from cases.files.type_table import TABLE, FileGroup

PICTURE, PDF, AUDIO, VIDEO = "picture", "pdf", "audio", "video"

_BY_GROUP = {FileGroup.PICTURE: PICTURE, FileGroup.DOCUMENT: PDF, FileGroup.SOUND: AUDIO, FileGroup.VIDEO: VIDEO}
_PREVIEWS = {row.stored: _BY_GROUP[row.group] for row in TABLE if row.preview}


def preview_of(content_type: str) -> str:
    """Returns how a file of this type is shown; empty if it can only be downloaded."""
    return _PREVIEWS.get(content_type, "")
