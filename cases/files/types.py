"""The rules on the types of files, for those from the form and from mail alike; `cases.files.type_table` has the table.

Three must agree: the name's ending, the type that a mail or browser declares, and the content, of which there are two
opinions: libmagic's, and that of `cases.files.inspection.formats`.
"""

from pathlib import PurePosixPath

from cases.files.type_table import TABLE, FileType, Group
from schemas.files import FilePolicy


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: The row of each ending.
BY_ENDING: dict[str, FileType] = {one: row for row in TABLE for one in row.endings}
#: The endings that are allowed where a tenant has not chosen.
DEFAULT_ENDINGS = frozenset(one for row in TABLE if row.default for one in row.endings)
#: What is never let in, nor in an archive or as an object of a document: programs, scripts, what a browser runs.
NEVER = _words(
    "exe com scr pif msi msp msix appx cpl dll sys drv ocx lnk url scf reg jar class apk app dmg pkg deb rpm "
    "bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta sct sh bash py pyw pl rb php "
    "html htm xhtml shtml mht mhtml svg svgz xml xsl chm iso img vhd vhdx one library-ms"
)
#: What programs declare that do not know: it agrees with everything.
_NOT_KNOWN = {""} | _words(
    "application/octet-stream binary/octet-stream application/unknown application/download application/x-download "
    "application/force-download application/binary unknown/unknown"
)


def ending(name: str) -> str:
    """The ending of a file name, in lower case and without the dot; empty for none."""
    return PurePosixPath(name).suffix.lower().removeprefix(".")


def unsupported(name: str, policy: FilePolicy | None = None) -> str | None:
    """Why a file of this name can't be a file of an update, in words; None when its type is supported, and allowed by
    the policy if one is given."""
    kind = ending(name)
    allowed = BY_ENDING.keys() if policy is None else allowed_endings(policy)
    if kind in allowed:
        return None
    return f"files of type {kind!r} are not supported" if kind else "a file without a type is not supported"


def allowed_endings(policy: FilePolicy) -> frozenset[str]:
    """The endings that the policy lets in; what is in no row never is."""
    return DEFAULT_ENDINGS if policy.types is None else policy.types & BY_ENDING.keys()


def stored_type(name: str) -> str | None:
    """The type under which a file of this name is stored; None when it is not supported."""
    row = BY_ENDING.get(ending(name))
    return row.stored if row else None


def declared_agrees(row: FileType, declared: str) -> bool:
    """Whether a declared type may stand for the row: it is one of its own, or one of its group, or says nothing."""
    plain = _plain(declared)
    return (
        plain in _NOT_KNOWN
        or plain in _BY_GROUP[row.group]
        or plain in {_plain(one) for one in (*row.finds, *row.declared)}
        or (row.group in _RECORDED and plain.startswith(("audio/", "video/")))
    )


def _plain(declared: str) -> str:
    """The type without parameters and `x-`, in lower case: image/x-png is image/png (RFC 6648)."""
    return declared.partition(";")[0].strip().lower().replace("/x-", "/")


_RECORDED = (Group.SOUND, Group.VIDEO)
#: What is declared for one of a group in practice, besides the types of its rows.
_ALSO = {
    Group.PICTURE: _words("image/jpg image/pjpeg image/apng image/tif image/heic image/heif"),
    Group.DOCUMENT: _words(
        "application/word application/excel application/powerpoint application/msexcel application/vnd.ms-word "
        "application/mspowerpoint application/richtext text/richtext application/acrobat application/vnd.pdf text/pdf"
    ),
}
#: The types of each group, as they may be declared.
_BY_GROUP = {
    group: frozenset((*(_plain(row.stored) for row in TABLE if row.group is group), *_ALSO.get(group, ())))
    for group in Group
}
