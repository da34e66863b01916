"""A file must be what its name and its declared type say. The numbers are those of the list of attacks on mail."""

from hashlib import sha256

import pytest

from cases.files.types import BY_ENDING, ending
from schemas.files import FilePolicy, FileReason
from tests.builders.examined import LENIENT, check
from tests.builders.files import (
    GOOD,
    pdf,
    zipped,
)


def test_there_is_a_good_file_of_every_ending() -> None:
    assert {ending(name) for name in GOOD} == set(BY_ENDING)


@pytest.mark.parametrize("name", GOOD)
def test_a_file_of_each_type_passes_and_is_stored_as_what_it_is(name: str) -> None:
    examined = check(name, GOOD[name])
    assert (examined.reason, examined.why) == (None, "")
    assert examined.content_type == BY_ENDING[ending(name)].stored
    assert examined.sha256 == sha256(GOOD[name]).hexdigest()


@pytest.mark.parametrize("name", GOOD)
def test_the_default_accepts_all_types_but_archives(name: str) -> None:
    reason = check(name, GOOD[name], policy=FilePolicy()).reason
    assert reason is (FileReason.TYPE if name == "all.zip" else None)


#: Sets of types with the same content, or nearly the same.
SAME = (
    *({"jpg", "jpeg", "jfif"}, {"tif", "tiff"}, {"heic", "heif"}, {"ogg", "oga", "opus"}, {"txt", "csv", "eml"}),
    *({"docx", "docm"}, {"xlsx", "xlsm"}, {"pptx", "pptm"}, {"mp4", "m4v", "m4a", "3gp", "3g2"}),
    *({kind, "zip"} for kind in ("docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods", "odp")),
)


@pytest.mark.parametrize("name", GOOD)
def test_34_content_under_the_name_of_any_other_type_does_not_pass(name: str) -> None:
    own = ending(name)
    related = {own}.union(*(group for group in SAME if own in group))
    for other in sorted(BY_ENDING.keys() - related):
        examined = check(f"file.{other}", GOOD[name])
        assert examined.reason in (FileReason.CONTENT, FileReason.UNREADABLE), (other, examined)


@pytest.mark.parametrize(
    ("name", "declared", "agrees"),
    [
        *((name, "application/octet-stream", True) for name in ("plan.pdf", "photo.jpg", "letter.docx", "film.mp4")),
        *(("photo.jpg", kind, True) for kind in ("image/jpeg", "image/jpg", "IMAGE/JPEG; name=a", "image/png")),
        *(("plan.pdf", kind, True) for kind in ("application/pdf", "application/x-pdf", "text/pdf", "")),
        *(("letter.docx", kind, True) for kind in ("application/msword", "application/zip", "application/x-zip")),
        *(("list.csv", kind, True) for kind in ("text/plain", "text/csv", "application/vnd.ms-excel")),
        *(("memo.m4a", kind, True) for kind in ("audio/mp4", "audio/x-m4a", "video/mp4")),
        ("mail.eml", "message/rfc822", True),
        *(("plan.pdf", kind, False) for kind in ("text/html", "application/x-msdownload", "application/zip")),
        *(("photo.gif", kind, False) for kind in ("text/html", "application/javascript", "image/svg+xml")),
        *(("note.txt", kind, False) for kind in ("text/html", "application/x-sh", "text/javascript")),
    ],
)  # fmt: skip
def test_34_the_declared_type_must_agree_or_say_nothing(name: str, declared: str, agrees: bool) -> None:
    assert check(name, GOOD[name], declared).reason is (None if agrees else FileReason.CONTENT)


GIF_SCRIPT = b"GIF89a/*" + bytes(60) + b"*/=1;alert(1)"


def test_34_a_script_that_begins_like_a_gif_is_left_out_and_a_gif_with_a_script_passes_as_a_gif_only() -> None:
    assert check("a.gif", GIF_SCRIPT, "image/gif").reason is FileReason.UNREADABLE
    both = GOOD["photo.gif"] + b"*/=1;alert(1)"
    assert check("a.gif", both, "image/gif").content_type == "image/gif"
    for name in ("a.js", "a.html", "a.txt"):
        assert check(name, both).reason is not None
    assert b"alert" not in check("a.gif", both, "image/gif").thumbnail


@pytest.mark.parametrize("name", ["a.pdf", "a.zip"])
def test_34_a_pdf_that_is_also_an_archive_is_at_most_a_pdf(name: str) -> None:
    both = pdf() + zipped({"a.exe": b"MZ" * 99})
    assert check(name, both).reason is (None if name == "a.pdf" else FileReason.CONTENT)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body onload=alert(1)>"


@pytest.mark.parametrize("name", ["logo.svg", "page.html", "page.htm", "page.xhtml", "a.svgz", "a.mht"])
@pytest.mark.parametrize("content", [SVG, HTML], ids=["svg", "html"])
def test_35_svg_and_web_pages_never_pass_under_their_names(name: str, content: bytes) -> None:
    assert check(name, content, policy=LENIENT).reason is FileReason.TYPE


@pytest.mark.parametrize(
    "content",
    [
        *(SVG, HTML, b" " * 2_000 + HTML, b"\xef\xbb\xbf" + HTML, HTML.decode().encode("utf-16")),
        *(b"#!/bin/sh\nrm -rf /\n", b"MZ\x90\0" + bytes(99), b"\x7fELF" + bytes(99), b"<?php system('id');"),
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
    ids=[
        *("svg", "html", "html far down", "html with a mark", "html in utf-16"),
        *("shell", "exe", "elf", "php", "xml"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.eml", "a.png", "a.pdf", "a.docx"])
def test_35_svg_web_pages_and_programs_do_not_pass_under_other_names(name: str, content: bytes) -> None:
    assert check(name, content, policy=LENIENT).reason in (FileReason.CONTENT, FileReason.UNREADABLE)
