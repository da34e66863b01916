"""Which files a browser shows in the page, by the type that was found from their content.

Nothing that could run: no SVG, no HTML, no text that a browser might take for it.
"""

PICTURE, PDF, AUDIO, VIDEO = "picture", "pdf", "audio", "video"

#: Stored type -> how it is shown.
PREVIEWS: dict[str, str] = {
    "image/jpeg": PICTURE,
    "image/png": PICTURE,
    "image/gif": PICTURE,
    "image/webp": PICTURE,
    "image/bmp": PICTURE,
    "application/pdf": PDF,
    "audio/mpeg": AUDIO,
    "audio/x-wav": AUDIO,
    "audio/x-m4a": AUDIO,
    "video/mp4": VIDEO,
    "video/quicktime": VIDEO,
}


def preview_of(content_type: str) -> str:
    """How a file of this type is shown; empty when it is only downloaded."""
    return PREVIEWS.get(content_type, "")
