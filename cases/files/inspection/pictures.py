"""Pictures: how large they would be, measured before anything decodes them; what they look like; and small ones."""

import warnings
from io import BytesIO
from itertools import pairwise

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageOps

from cases.files.inspection.findings import Finding, Picture
from schemas.files import FileReason

#: Most pixels of one frame, and of all frames together; a good camera makes 50 million.
MOST_PIXELS = 100_000_000
MOST_PIXELS_TOGETHER = 1_000_000_000
#: Most frames, or pages of a TIFF.
MOST_FRAMES = 1_000
#: Most pixels that are decoded for a thumbnail; of a JPEG, which can be decoded at an eighth of its size, after that.
MOST_DECODED = 50_000_000
#: The longer side of a thumbnail, in pixels, and the quality of its JPEG.
THUMBNAIL, _QUALITY = 320, 80

#: What Pillow raises of a picture that is broken.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, RuntimeError)

_MARK_WIDTH, _MARK_HEIGHT = 9, 8

warnings.filterwarnings("ignore", module="PIL")  # what a hostile picture lacks is nobody's concern
pillow_heif.register_heif_opener()
# of the CPU time that a file may take, threads of its own would only take more at a time
pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# our own limit counts, which is lower, and is asked before anything is decoded
Image.MAX_IMAGE_PIXELS = None


def findings(content: bytes, form: str) -> list[Finding]:
    """What speaks against a picture that is said to be in this format of Pillow's, by its header and those of its
    frames alone."""
    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                return [_bomb(f"it has {width:,} by {height:,} pixels; {MOST_PIXELS:,} is the most")]
            frames = _frames(image)
    except _BROKEN:
        return [Finding(FileReason.UNREADABLE, "it can't be read as a picture")]
    if frames > MOST_FRAMES:
        return [_bomb(f"it has more than {MOST_FRAMES:,} frames")]
    if frames * width * height > MOST_PIXELS_TOGETHER:
        return [_bomb(f"its {frames:,} frames have {frames * width * height:,} pixels together")]
    return []


def seen(content: bytes, form: str) -> tuple[Picture | None, bytes]:
    """What a picture without findings looks like, and a thumbnail of it without metadata, as a JPEG; nothing for one
    that is very large, or breaks off: that is left to whoever looks at it."""
    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            width, height = image.size
            image.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))
            if image.width * image.height > MOST_DECODED:
                return None, b""
            image.load()  # which turns a TIFF by itself
            image.thumbnail((2 * THUMBNAIL, 2 * THUMBNAIL), Image.Resampling.BOX)
            turned = image.getexif().get(_ORIENTATION, 1) in _ON_ITS_SIDE
            small = _on_white(ImageOps.exif_transpose(image))
    except _BROKEN:
        return None, b""
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    out = BytesIO()
    Image.frombytes("RGB", small.size, small.tobytes()).save(out, "JPEG", quality=_QUALITY)  # the pixels alone
    size = (height, width) if turned else (width, height)
    return Picture(*size, _mark(small)), out.getvalue()


#: The EXIF tag of how a picture is to be turned, and its values that swap width and height (EXIF 2.3 section 4.6.4).
_ORIENTATION = 0x0112
_ON_ITS_SIDE = (5, 6, 7, 8)


def _frames(image: Image.Image) -> int:
    """The frames, counted up to one more than there may be: a GIF is walked through for them."""
    try:
        if image.format != "GIF":
            return int(getattr(image, "n_frames", 1))
        while image.tell() <= MOST_FRAMES:
            image.seek(image.tell() + 1)
    except EOFError:
        pass
    return image.tell() + 1


def _on_white(image: Image.Image) -> Image.Image:
    """The picture as it shows on white paper, in RGB."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    shown = image.convert("RGBA")
    paper = Image.new("RGB", shown.size, "white")
    paper.paste(shown, mask=shown.getchannel("A"))
    return paper


def _mark(image: Image.Image) -> int:
    """A difference hash: for each of 64 places, whether it is lighter there than to the right of it."""
    gray = image.convert("L").resize((_MARK_WIDTH, _MARK_HEIGHT), Image.Resampling.LANCZOS).tobytes()
    mark = 0
    for row in range(_MARK_HEIGHT):
        line = gray[row * _MARK_WIDTH : (row + 1) * _MARK_WIDTH]
        for left, right in pairwise(line):
            mark = mark << 1 | (left > right)
    return mark


def _bomb(why: str) -> Finding:
    return Finding(FileReason.BOMB, why)
