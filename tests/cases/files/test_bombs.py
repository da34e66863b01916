"""Files that would become huge are left out without being unpacked. The numbers are those of the list of attacks on
mail."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image

from cases.files.inspection.findings import Finding
from cases.files.inspection.inspect import inspect
from cases.files.inspection.pictures import MOST_FRAMES
from schemas.files import FileReason
from tests.builders.active_files import WORD
from tests.builders.examined import LENIENT, check
from tests.builders.files import (
    bombs_zip,
    nested_zip,
    odf,
    ooxml,
    overlapping_zip,
    png_header,
    zipped,
)


def test_36_a_zip_of_twenty_six_zips_is_a_bomb() -> None:
    assert check("a.zip", nested_zip(26), policy=LENIENT).reason is FileReason.BOMB
    assert check("a.zip", nested_zip(3)).reason is None


def test_36_a_megabyte_that_would_be_a_gigabyte_is_a_bomb_and_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb, why = bombs_zip(1_000), "unpacked it would have more than 200 MB"
    assert len(bomb) < 1_000_000
    examined = check("a.zip", bomb, policy=LENIENT)
    assert (examined.reason, examined.why) == (FileReason.BOMB, why)

    def never(*_: object) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(ZipFile, "open", never)
    assert inspect(bomb, "zip").findings == (Finding(FileReason.BOMB, why),)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.zip", overlapping_zip(), "lie over each other"),
        ("a.zip", bombs_zip(20), "times as large"),
        ("a.zip", zipped({str(number): b"" for number in range(10_001)}), "files are packed in it"),
        ("a.zip", zipped({f"{number}.zip": bombs_zip(9) for number in range(23)}), "more than 200 MB"),
        ("a.docx", ooxml(WORD, {"word/media/a.png": bytes(30_000_000)}), "times as large"),
        ("a.odt", odf("text", {"Pictures/a.png": bytes(250_000_000)}), "more than 200 MB"),
    ],
    ids=["overlap", "ratio", "entries", "together", "docx", "odt"],
)
def test_36_every_kind_of_zip_bomb_is_measured(name: str, content: bytes, why: str) -> None:
    examined = check(name, content, policy=LENIENT)
    assert examined.reason is FileReason.BOMB
    assert why in examined.why


def film(frames: int) -> bytes:
    """Returns a GIF with at least this many frames."""
    small = [Image.new("P", (2, 2), number % 2) for number in range(2)]
    out = BytesIO()
    small[0].save(out, "GIF", save_all=True, append_images=[small[1]] * 3)
    head, frame = out.getvalue()[:-1], b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.png", png_header(50_000, 50_000), "50,000 by 50,000 pixels"),
        ("a.png", png_header(20_000, 5_001), "100,000,000 is the most"),
        ("a.gif", film(MOST_FRAMES), "frames"),
    ],
    ids=["2,500 megapixels", "just over", "frames"],
)
def test_36_a_picture_that_would_be_huge_is_a_bomb_by_its_header(name: str, content: bytes, why: str) -> None:
    examined = check(name, content, policy=LENIENT)
    assert examined.reason is FileReason.BOMB
    assert why in examined.why
