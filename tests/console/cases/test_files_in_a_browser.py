"""A case worker with a phone: a real browser shows real files under the console's security headers."""

import struct
import zlib
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.builders.rows import add_file, add_update, run
from tests.builders.world import World
from tests.console.browser import Console
from tests.console.chromium import fits, log_in


def picture(width: int, height: int, shade: int) -> bytes:
    """Returns a PNG in one shade of grey (PNG specification, third edition, section 5)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * width) * height
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def first_pixel(png: bytes) -> tuple[int, ...]:
    """Returns red, green and blue of a PNG's first pixel, which no PNG filter changes."""
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    return tuple(zlib.decompress(packed)[1:4])


def red_pdf() -> bytes:
    """Returns a PDF with one page that is all red (ISO 32000-2 section 7.5)."""
    drawing = b"1 0 0 rg 0 0 600 600 re f"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 600]/Contents 4 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
    )
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj%sendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 5\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF\n"
    return written + end % (table, len(written))


def plant(console: Console, world: World) -> bytes:
    """Adds an update with a picture that has a thumbnail, a PDF and a text file; returns the picture."""
    large, small = picture(1200, 900, 90), picture(160, 120, 90)
    blobs = console.blobs().put_all(
        [(world.tenant_id, "file", picture) for picture in (large, small, red_pdf(), b"words\n")]
    )
    update_id = add_update(world, "client", "See the photo, the plan and the list")
    file_id = add_file(world, update_id, "a photo of the leak with a rather long name.png", blobs[0], "image/png")
    run(world, "update update_files set thumbnail = :small where id = :id", small=blobs[1], id=file_id)
    add_file(world, update_id, "plan.pdf", blobs[2], "application/pdf")
    add_file(world, update_id, "list.txt", blobs[3], "text/plain")
    return large


def is_shown(page: Page, selector: str) -> int:
    """Returns the width in pixels of the picture that the browser decoded; 0 if it decoded no picture."""
    expect(page.locator(selector).first).to_have_js_property("complete", True)
    return int(page.evaluate(f"document.querySelector('{selector}').naturalWidth"))


def becomes_red(page: Page) -> bool:
    """Returns whether the middle of the iframe turns red within about 20 seconds: the viewer draws when it is ready."""
    box = page.locator(".preview iframe").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + 200
    for _ in range(100):
        if first_pixel(page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})) == (255, 0, 0):
            return True
        page.wait_for_timeout(200)
    return False


def test_a_case_worker_with_a_phone_sees_thumbnails_opens_a_preview_and_downloads(
    console: Console, desk: World, phone: Page, tmp_path: Path
) -> None:
    large = plant(console, desk)
    log_in(phone, console, desk, "manager")
    phone.goto(f"{console.url}/cases/{desk.case_id}")
    phone.locator(".thumbnail img").scroll_into_view_if_needed()
    assert is_shown(phone, ".thumbnail img") == 160
    assert fits(phone)
    phone.get_by_role("link", name="Preview of a photo of the leak").tap()
    phone.wait_for_url("**/preview")
    assert is_shown(phone, ".preview img") == 1200
    assert fits(phone), "a picture wider than the phone is shown smaller"
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download").tap()
    download.value.save_as(tmp_path / "saved")
    assert download.value.suggested_filename == "a photo of the leak with a rather long name.png"
    assert (tmp_path / "saved").read_bytes() == large
    phone.get_by_role("link", name="Case 2026-7").tap()
    expect(phone.locator("article.update")).to_be_visible()


def test_a_pdf_is_shown_by_the_browsers_own_viewer_and_a_text_only_downloaded(
    console: Console, desk: World, phone: Page
) -> None:
    plant(console, desk)
    log_in(phone, console, desk, "client")
    phone.goto(f"{console.url}/cases/{desk.case_id}")
    assert phone.get_by_role("link", name="Preview of list.txt").count() == 0
    with phone.expect_response("**/files/*?inline=true") as shown:
        phone.get_by_role("link", name="Preview of plan.pdf").tap()
    assert shown.value.status == 200
    assert shown.value.headers["content-type"] == "application/pdf"
    assert becomes_red(phone)
    assert fits(phone)
    phone.go_back()
    with phone.expect_download() as download:
        phone.locator(".files").get_by_role("link", name="list.txt").tap()
    assert download.value.suggested_filename == "list.txt"
