"""Parts of mails with files: multiparts, texts and files as MIME entities, and the expected files of a mail."""

from base64 import encodebytes
from email.header import Header
from typing import NamedTuple
from urllib.parse import quote

HEAD = (
    "From: Anna Smith <anna@x.example>",
    "To: Desk <desk@in.example>",
    "Subject: Re: Case 17",
    "Date: Fri, 3 May 2024 11:00:00 +0200",
    "Message-ID: <files@x.example>",
    "In-Reply-To: <update-1@in.example>",
    "MIME-Version: 1.0",
)
WORDS = "The plan of the cellar is here."
ASKED = "Can you send the plan?"


class Item(NamedTuple):
    """A file or a picture. `place` is where the person sees it: file, words, signature or quote."""

    place: str
    name: str
    type: str
    data: bytes


class Expected(NamedTuple):
    """The expected result of a mail: the names of the files in order, and the left-out parts, each with the reason."""

    files: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def multipart(kind: str, *parts: bytes, mark: str = "") -> bytes:
    """Returns a multipart as an entity; `mark` keeps the boundaries of nested multiparts different."""
    boundary = f"=_{kind[:3]}{mark}"
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    return (
        head
        + b"".join(b"--" + boundary.encode() + b"\n" + part + b"\n" for part in parts)
        + f"--{boundary}--\n".encode()
    )


def text_part(words: str, kind: str = "plain") -> bytes:
    """Returns a text as an entity."""
    return f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{words}\n".encode()


def entity(item: Item, disposition: str, naming: str = "2231", *more: str) -> bytes:
    """Returns a file as an entity; `naming` is the way to write a name that is not ASCII."""
    fields = [f"Content-Type: {item.type}" + _parameter("name", item.name, naming)]
    if disposition:
        fields.append(f"Content-Disposition: {disposition}" + _parameter("filename", item.name, naming))
    fields += ["Content-Transfer-Encoding: base64", *filter(None, more)]
    return "\n".join(fields).encode("utf-8") + b"\n\n" + encodebytes(item.data)


def _parameter(key: str, name: str, naming: str) -> str:
    if name.isascii() or naming == "raw":
        return f'; {key}="{name}"' if name else ""
    if naming == "2047":
        return f';\n {key}="{Header(name, "utf-8", maxlinelen=400).encode()}"'
    if naming == "pieces":  # RFC 2231 section 3, as Apple Mail and Thunderbird split long names
        half = len(name) // 2
        return f";\n {key}*0*=utf-8''{quote(name[:half])};\n {key}*1*={quote(name[half:])}"
    if naming == "both":  # with a plain name for old readers
        plain = name.encode("ascii", "replace").decode().replace("?", "_")
        return f";\n {key}=\"{plain}\";\n {key}*=utf-8''{quote(name)}"
    return f";\n {key}*=utf-8''{quote(name)}"
