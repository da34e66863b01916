"""Looking into one file: what the process for hostile bytes is asked to do."""

from cases.files.inspection.findings import Finding, Look, Unreadable
from cases.files.type_table import FileType, Opinion
from cases.files.types import BY_ENDING
from schemas.files import FileReason

#: Octets that libmagic looks at.
_SNIFFED = 1 << 20


def look(content: bytes, ending: str) -> Look:
    """What is in the content of a file whose name has this ending, of `cases.files.types`. Whatever the bytes, the
    answer is a record, unless the process dies of them."""
    # here and not above: who only asks for the work has no use for libraries that read hostile bytes
    from cases.files.inspection import pictures  # noqa: PLC0415
    from cases.files.inspection.formats import OPINIONS  # noqa: PLC0415

    row = BY_ENDING[ending]
    found = _libmagic(content)
    if disagrees := _disagrees(row, ending, found, content):
        return Look(found, (Finding(FileReason.CONTENT, disagrees),))
    try:
        findings = tuple(OPINIONS[row.opinion](content, row.detail))
        if row.opinion is not Opinion.PICTURE or findings:
            return Look(found, findings)
        return Look(found, (), *pictures.seen(content, row.detail))
    except Unreadable as problem:
        return Look(found, (Finding(FileReason.UNREADABLE, str(problem)),))
    except (Exception, MemoryError):  # noqa: BLE001  # libraries raise what they like on hostile bytes
        return Look(found, (Finding(FileReason.UNREADABLE, "it can't be read"),))


def warm() -> None:
    """Loads what `look` needs: in the process that looks into files nothing can be loaded later."""
    import email.parser  # noqa: F401, PLC0415

    from PIL import Image  # noqa: PLC0415

    from cases.files.inspection import formats  # noqa: F401, PLC0415

    Image.init()  # its readers of formats
    _libmagic(b"%PDF-1.7")  # and its database


def _libmagic(content: bytes) -> str:
    import pylibmagic  # noqa: F401, PLC0415  # isort: skip  # brings the libmagic that python-magic looks for
    import magic  # noqa: PLC0415

    found: str = magic.from_buffer(content[:_SNIFFED], mime=True)
    return found


def _disagrees(row: FileType, ending: str, found: str, content: bytes) -> str:
    if found not in row.finds:
        return f"its content is {found}, not what {ending!r} says"
    return "" if row.begins.match(content) else f"its content is not what {ending!r} says"
