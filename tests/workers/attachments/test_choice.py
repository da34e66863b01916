"""Which parts of a mail may become files."""

import pytest

from schemas.records import Attachment
from workers.attachments.choice import candidates


def part(
    name: str, kind: str = "application/octet-stream", *, number: int = 1, size: int = 9, inline: bool = False
) -> Attachment:
    return Attachment(part=number, name=name, declared_type=kind, size=size, inline=inline, referred=inline)


@pytest.mark.parametrize(
    ("attachment", "why"),
    [
        (part("plan.pdf"), None),
        (part("PHOTO.JPG", "image/jpeg"), None),
        (part("image001.png", "image/png", inline=True), "a picture inside the text"),
        (part("scan.pdf", "application/pdf", inline=True), None),
        (part("setup.exe"), "files of type 'exe' are not supported"),
        (part("invoice.pdf.js"), "files of type 'js' are not supported"),
        (part("page.html"), "files of type 'html' are not supported"),
        (part("logo.svg", "image/svg+xml"), "files of type 'svg' are not supported"),
        (part("README"), "a file without a type is not supported"),
        (part("empty.pdf", size=0), "it is empty"),
    ],
)
def test_each_part_is_taken_or_left_out_with_the_reason(attachment: Attachment, why: str | None) -> None:
    taken, left_out = candidates((attachment,))
    assert [item.why for item in left_out] == ([why] if why else [])
    assert [one for one, _ in taken] == ([] if why else [attachment])


def test_the_order_of_the_mail_is_kept() -> None:
    parts = tuple(part(f"{number}.pdf", number=number) for number in range(7))
    assert [taken.part for taken, _ in candidates(parts)[0]] == list(range(7))
