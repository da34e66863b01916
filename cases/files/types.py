"""The rules on file types, the same for the form and for mail; `cases.files.type_table` has the table.

Three things must agree: the ending of the name, the media type that a mail or browser declares, and the content. The
content is checked by libmagic and by `cases.files.inspection.formats`.
"""

from pathlib import PurePosixPath

from cases.files.type_table import TABLE, FileGroup, FileType
from schemas.files import FilePolicy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: The row of each ending.
BY_ENDING: dict[str, FileType] = {ending_: row for row in TABLE for ending_ in row.endings}
#: The endings that a tenant accepts by default.
DEFAULT_ENDINGS = frozenset(ending_ for row in TABLE if row.default for ending_ in row.endings)
#: Endings that are never accepted, even inside an archive or a document: programs, scripts, and what a browser runs.
NEVER = _words(
    "exe com scr pif msi msp msix appx cpl dll sys drv ocx lnk url scf reg jar class apk app dmg pkg deb rpm "
    "bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta sct sh bash py pyw pl rb php "
    "html htm xhtml shtml mht mhtml svg svgz xml xsl chm iso img vhd vhdx one library-ms"
)
#: The types that programs declare when they don't know the type: these agree with every ending.
_NOT_KNOWN = {""} | _words(
    "application/octet-stream binary/octet-stream application/unknown application/download application/x-download "
    "application/force-download application/binary unknown/unknown"
)


def ending(name: str) -> str:
    """Returns the ending of a file name, in lower case and without the dot; empty if it has no ending."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def unsupported(name: str, policy: FilePolicy | None = None) -> str | None:
    """Returns why a file of this name can't be a file of an update, as part of a sentence.

    Returns None when its type is supported, and allowed by the policy if one is given.
    """
    kind = ending(name)
    allowed = BY_ENDING.keys() if policy is None else allowed_endings(policy)
    if kind in allowed:
        return None
    return f"files of type {kind!r} are not supported" if kind else "a file without a type is not supported"


def allowed_endings(policy: FilePolicy) -> frozenset[str]:
    """Returns the endings that the policy allows; only those in the table can be allowed."""
    return DEFAULT_ENDINGS if policy.types is None else policy.types & BY_ENDING.keys()


def stored_type(name: str) -> str | None:
    """Returns the content type under which a file of this name is stored; None when it is not supported."""
    row = BY_ENDING.get(ending(name))
    return row.stored if row else None


def declared_agrees(row: FileType, declared: str) -> bool:
    """Returns whether a declared type agrees with the row: it is a type of the row or its group, or says nothing."""
    plain = _plain(declared)
    return (
        plain in _NOT_KNOWN
        or plain in _BY_GROUP[row.group]
        or plain in {_plain(known) for known in (*row.finds, *row.declared)}
        or (row.group in _RECORDED and plain.startswith(("audio/", "video/")))
    )


def _plain(declared: str) -> str:
    """Returns the type without parameters and `x-`, in lower case: image/png for image/x-png (RFC 6648)."""
    return declared.partition(";")[0].strip().lower().replace("/x-", "/")


_RECORDED = (FileGroup.SOUND, FileGroup.VIDEO)
#: Further types that are declared in practice for files of a group.
_ALSO = {
    FileGroup.PICTURE: _words("image/jpg image/pjpeg image/apng image/tif image/heic image/heif"),
    FileGroup.DOCUMENT: _words(
        "application/word application/excel application/powerpoint application/msexcel application/vnd.ms-word "
        "application/mspowerpoint application/richtext text/richtext application/acrobat application/vnd.pdf text/pdf"
    ),
}
#: The types that may be declared for a file of each group.
_BY_GROUP = {
    group: frozenset((*(_plain(row.stored) for row in TABLE if row.group is group), *_ALSO.get(group, ())))
    for group in FileGroup
}
