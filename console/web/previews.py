"""Which files a browser shows in the page, by the type that was proven by their content, and how."""

from cases.files.type_table import TABLE, Group

PICTURE, PDF, AUDIO, VIDEO = "picture", "pdf", "audio", "video"

_BY_GROUP = {Group.PICTURE: PICTURE, Group.DOCUMENT: PDF, Group.SOUND: AUDIO, Group.VIDEO: VIDEO}
_PREVIEWS = {row.stored: _BY_GROUP[row.group] for row in TABLE if row.preview}


def preview_of(content_type: str) -> str:
    """How a file of this type is shown; empty when it is only downloaded."""
    return _PREVIEWS.get(content_type, "")
