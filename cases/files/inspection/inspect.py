"""Inspects one file: the task that runs in the sandbox."""

from cases.files.inspection.findings import Finding, Inspection, UnreadableFileError
from cases.files.type_table import FileType, Format
from cases.files.types import BY_ENDING
from schemas.files import FileReason

#: The number of octets that libmagic reads.
_SNIFFED = 1 << 20


def inspect(content: bytes, ending: str) -> Inspection:
    """Returns the inspection of a file whose name has this ending, one of `BY_ENDING`.

    Raises nothing, whatever the bytes are; but they may make the process die.
    """
    # imported here, so that our own processes need not load libraries that read hostile bytes
    from cases.files.inspection import pictures  # noqa: PLC0415
    from cases.files.inspection.formats import CHECKS  # noqa: PLC0415

    row = BY_ENDING[ending]
    found = _libmagic(content)
    if mismatch := _mismatch(row, ending, found, content):
        return Inspection(found, (Finding(FileReason.CONTENT, mismatch),))
    try:
        findings = tuple(CHECKS[row.format](content, row.detail))
        if row.format is not Format.PICTURE or findings:
            return Inspection(found, findings)
        return Inspection(found, (), *pictures.preview(content, row.detail))
    except UnreadableFileError as problem:
        return Inspection(found, (Finding(FileReason.UNREADABLE, str(problem)),))
    except (Exception, MemoryError):  # noqa: BLE001  # libraries raise what they like on hostile bytes
        return Inspection(found, (Finding(FileReason.UNREADABLE, "it can't be read"),))


def warm() -> None:
    """Imports all modules that `inspect` needs: nothing can be imported later in the sandbox."""
    from PIL import Image  # noqa: PLC0415

    from cases.files.inspection import formats, mails  # noqa: F401, PLC0415

    list(mails.internet_mail(mails.SAMPLE))  # the email package imports most of its modules when it needs them
    Image.init()  # loads Pillow's plugins
    _libmagic(b"%PDF-1.7")  # loads libmagic's database


def _libmagic(content: bytes) -> str:
    import pylibmagic  # noqa: F401, PLC0415  # isort: skip  # brings the libmagic that python-magic looks for
    import magic  # noqa: PLC0415

    found: str = magic.from_buffer(content[:_SNIFFED], mime=True)
    return found


def _mismatch(row: FileType, ending: str, found: str, content: bytes) -> str:
    """Returns how the content differs from what the ending says; empty if it does not."""
    if found not in row.finds:
        return f"its content is {found}, not what {ending!r} says"
    return "" if row.begins.match(content) else f"its content is not what {ending!r} says"
