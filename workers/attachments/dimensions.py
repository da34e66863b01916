"""How wide and high a picture is, by its first bytes alone, for those that were not measured."""

_PNG, _GIF, _JPEG = b"\x89PNG\r\n\x1a\n", (b"GIF87a", b"GIF89a"), b"\xff\xd8"
_LONGEST_HEAD = 64  # segments of a JPEG before its frame
# JPEG (ITU-T T.81 table B.1): start of frame, but for the codes between them that are none
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF or JPEG; None for what is none, or does not say."""
    found = _stated(content)
    return found if found and all(found) else None


def _stated(content: bytes) -> tuple[int, int] | None:
    if content.startswith(_PNG) and content[12:16] == b"IHDR":
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if content.startswith(_GIF):
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    return _of_jpeg(content) if content.startswith(_JPEG) else None


def _of_jpeg(content: bytes) -> tuple[int, int] | None:
    at = 2
    for _ in range(_LONGEST_HEAD):
        if content[at : at + 1] != b"\xff":
            return None
        if content[at + 1 : at + 2] and content[at + 1] in _FRAMES:
            frame = content[at + 5 : at + 9]
            return int.from_bytes(frame[2:], "big"), int.from_bytes(frame[:2], "big")
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
