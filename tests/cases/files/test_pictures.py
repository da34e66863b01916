"""Sizes, perceptual marks and thumbnails of pictures."""

from io import BytesIO

import pytest
from PIL import Image

from cases.files.inspection.pictures import THUMBNAIL
from tests.builders.examined import check
from tests.builders.files import (
    drawing,
    picture,
)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP", "GIF"])
def test_a_picture_comes_with_its_size_its_mark_and_a_thumbnail_without_metadata(form: str) -> None:
    name = {"JPEG": "jpg", "HEIF": "heic", "TIFF": "tif"}.get(form, form.lower())
    content = picture(form, drawing(1_600, 1_200))
    examined = check(f"a.{name}", content)
    assert examined.picture is not None
    assert (examined.picture.width, examined.picture.height) == (1_600, 1_200)
    reference = check("a.png", picture("PNG", drawing(800, 600))).picture
    assert reference is not None
    assert (examined.picture.mark ^ reference.mark).bit_count() <= 6
    with Image.open(BytesIO(examined.thumbnail)) as small:
        assert (small.format, small.size) == ("JPEG", (THUMBNAIL, THUMBNAIL * 3 // 4))
        assert not small.getexif()
    assert b"Mill Lane" in content or form in ("BMP", "GIF", "PNG", "AVIF")
    assert b"Mill Lane" not in examined.thumbnail


def test_different_pictures_have_different_marks() -> None:
    first = check("a.png", picture("PNG", drawing())).picture
    other = check("b.png", picture("PNG", drawing().rotate(180))).picture
    assert first is not None
    assert other is not None
    assert (first.mark ^ other.mark).bit_count() > 16


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG", "TIFF"])
def test_a_picture_on_its_side_is_turned_upright(form: str) -> None:
    name = {"JPEG": "jpg", "TIFF": "tif"}.get(form, form.lower())
    upright = drawing(300, 400)
    turned = check(f"a.{name}", picture(form, upright.rotate(90, expand=True), orientation=6))
    assert turned.picture is not None
    assert (turned.picture.width, turned.picture.height) == (300, 400)
    plain = check("b.png", picture("PNG", upright)).picture
    assert plain is not None
    assert (turned.picture.mark ^ plain.mark).bit_count() <= 6
    with Image.open(BytesIO(turned.thumbnail)) as small:
        assert small.size == (THUMBNAIL * 3 // 4, THUMBNAIL)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_colour_mode_has_a_thumbnail(mode: str) -> None:
    image = drawing().convert("L").convert("I").convert("I;16") if mode == "I;16" else drawing().convert(mode)
    form, name = ("JPEG", "a.jpg") if mode == "CMYK" else ("PNG", "a.png")
    assert check(name, picture(form, image)).thumbnail


def test_an_incomplete_picture_passes_without_a_thumbnail() -> None:
    content = picture("JPEG", drawing(1_600, 1_200))
    examined = check("a.jpg", content[: len(content) // 2])
    assert (examined.reason, examined.picture, examined.thumbnail) == (None, None, b"")
