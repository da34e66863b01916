"""Pictures: measures how large they would be when decoded, before anything decodes them; makes marks and thumbnails."""

import warnings
from io import BytesIO
from itertools import pairwise

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageOps

from cases.files.inspection.findings import Finding, Picture
from schemas.files import FileReason

#: The most pixels of one frame, and of all frames together; a good camera makes 50 million.
MOST_PIXELS = 100_000_000
MOST_PIXELS_TOGETHER = 1_000_000_000
#: The most frames, or pages of a TIFF.
MOST_FRAMES = 1_000
#: The most pixels that are decoded for a thumbnail. A JPEG can be decoded at an eighth of its size: its pixels are
#: counted after that reduction.
MOST_DECODED = 50_000_000
#: The longer side of a thumbnail, in pixels, and the quality of its JPEG.
THUMBNAIL, _QUALITY = 320, 80

#: What Pillow raises for a broken picture.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, RuntimeError)

_MARK_WIDTH, _MARK_HEIGHT = 9, 8

warnings.filterwarnings("ignore", module="PIL")  # faults of hostile pictures need not be logged
pillow_heif.register_heif_opener()
# threads would only use up the file's CPU time faster
pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# our own limit is lower, and checked before anything is decoded
Image.MAX_IMAGE_PIXELS = None


def findings(content: bytes, form: str) -> list[Finding]:
    """Returns the findings in a picture, by the headers of it and its frames; `form` is Pillow's name of the format."""
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


def preview(content: bytes, form: str) -> tuple[Picture | None, bytes]:
    """Returns the look of a picture without findings, and a JPEG thumbnail of it without metadata.

    Returns (None, b"") for a very large or incomplete picture: it may still be posted.
    """
    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            width, height = image.size
            image.draft("RGB", (2 * THUMBNAIL, 2 * THUMBNAIL))
            if image.width * image.height > MOST_DECODED:
                return None, b""
            image.load()  # also turns a TIFF upright
            image.thumbnail((2 * THUMBNAIL, 2 * THUMBNAIL), Image.Resampling.BOX)
            turned = image.getexif().get(_ORIENTATION, 1) in _ON_ITS_SIDE
            small = _on_white(ImageOps.exif_transpose(image))
    except _BROKEN:
        return None, b""
    small.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    out = BytesIO()
    Image.frombytes("RGB", small.size, small.tobytes()).save(out, "JPEG", quality=_QUALITY)  # the pixels only
    size = (height, width) if turned else (width, height)
    return Picture(*size, _mark(small)), out.getvalue()


#: The EXIF tag of the orientation, and its values that swap width and height (EXIF 2.3 section 4.6.4).
_ORIENTATION = 0x0112
_ON_ITS_SIDE = (5, 6, 7, 8)


def _frames(image: Image.Image) -> int:
    """Returns the number of frames. Those of a GIF must be counted, which ends at `MOST_FRAMES` + 2 at most."""
    try:
        if image.format != "GIF":
            return int(getattr(image, "n_frames", 1))
        while image.tell() <= MOST_FRAMES:
            image.seek(image.tell() + 1)
    except EOFError:
        pass
    return image.tell() + 1


def _on_white(image: Image.Image) -> Image.Image:
    """Returns the picture in RGB as it shows on a white background."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    shown = image.convert("RGBA")
    background = Image.new("RGB", shown.size, "white")
    background.paste(shown, mask=shown.getchannel("A"))
    return background


def _mark(image: Image.Image) -> int:
    """Returns a difference hash: a bit for each of 64 places, set if it is lighter than the place to its right."""
    gray = image.convert("L").resize((_MARK_WIDTH, _MARK_HEIGHT), Image.Resampling.LANCZOS).tobytes()
    mark = 0
    for row in range(_MARK_HEIGHT):
        line = gray[row * _MARK_WIDTH : (row + 1) * _MARK_WIDTH]
        for left, right in pairwise(line):
            mark = mark << 1 | (left > right)
    return mark


def _bomb(why: str) -> Finding:
    return Finding(FileReason.BOMB, why)
