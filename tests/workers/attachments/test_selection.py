"""The rules that choose files, one part of a mail at a time, and the names and types of the files."""

from typing import Any

import pytest

from schemas.files import FILE_REASONS, NO_FILES, FileReason
from schemas.records import Attachment, Shown
from workers.attachments import part_rules, picture_rules
from workers.attachments.selection import candidates, ordinal


def part(
    name: str, kind: str = "application/octet-stream", *, number: int = 1, size: int = 9, **more: Any
) -> Attachment:
    values = {"inline": False, "referred": False, "disposition": "attachment", "within": "mixed", **more}
    return Attachment(part=number, name=name, declared_type=kind, size=size, **values)


@pytest.mark.parametrize(
    ("attachment", "why"),
    [
        (part("plan.pdf"), None),
        (part("PHOTO.JPG", "image/jpeg"), None),
        (part("scan.pdf", "application/pdf", disposition="inline"), None),
        (part("setup.exe"), "files of type 'exe' are not supported"),
        (part("invoice.pdf.js"), "files of type 'js' are not supported"),
        (part("invoice.pdf .exe"), "files of type 'exe' are not supported"),
        (part("page.html"), "files of type 'html' are not supported"),
        (part("logo.svg", "image/svg+xml"), "files of type 'svg' are not supported"),
        (part("README"), "a file without a type is not supported"),
        (part("empty.pdf", size=0), "it is empty"),
        (part("half.pdf", defect="broken base64: Excess data"), "broken base64: Excess data"),
        (part("winmail.dat"), FILE_REASONS[FileReason.TNEF]),
        (part("a.png", "image/png", shown=Shown.QUOTE), "the quoted mail shows it"),
    ],
)
def test_each_part_is_taken_or_left_out_with_the_reason(attachment: Attachment, why: str | None) -> None:
    taken, left_out = candidates((attachment,))
    assert [item.why for item in left_out] == ([why] if why else [])
    assert [candidate.part for candidate in taken] == ([] if why else [attachment])


def test_files_come_before_the_pictures_of_the_words_both_in_the_order_of_the_mail() -> None:
    shots = [part(f"{n}.png", "image/png", number=n, shown=Shown.WORDS, disposition="inline") for n in (0, 4)]
    parts = (shots[0], *(part(f"{n}.pdf", number=n) for n in (1, 2, 3)), shots[1])
    assert [candidate.part.part for candidate in candidates(parts)[0]] == [1, 2, 3, 0, 4]


@pytest.mark.parametrize(
    ("attachment", "reason"),
    [
        (part("a.png", "image/png", inline=True, disposition="", within=""), FileReason.INLINE),
        (part("a.png", "image/png", inline=True, referred=True, disposition="", within=""), None),
        (part("a.pdf", inline=True, disposition="", within=""), None),
    ],
)
def test_a_record_of_an_older_reader_is_understood(attachment: Attachment, reason: FileReason | None) -> None:
    assert part_rules.first_match(attachment).reason is reason


def test_every_rule_has_a_name_of_its_own_and_every_reason_words() -> None:
    names = [rule.name for rule in part_rules.RULES] + [rule.name for rule in picture_rules.RULES]
    assert len(names) == len(set(names))
    assert set(FILE_REASONS) == set(FileReason) > NO_FILES


def test_numbers_are_read_as_people_say_them() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 6, 11, 12, 21, 113)] == [
        *("1st", "2nd", "3rd", "6th", "11th", "12th", "21st", "113th")
    ]
