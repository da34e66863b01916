"""Takes the web assets of other projects into console/assets, for maintainers: they are part of casemail.

They come as WebJars from the Maven repository, byte for byte; `console/assets/SHA256SUMS` has their hashes. Of the
icons only those that pages name are taken, together in one file.
"""

import hashlib
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from ops.embedded import jars

CONSOLE = Path(__file__).parents[2] / "console"
FOLDER = CONSOLE / "assets"
SUMS = FOLDER / "SHA256SUMS"
ICONS = "org.webjars.npm:tabler__icons:3.35.0"
SPRITE = "icons.svg"
#: For each WebJar, how the files in it end that are taken, by the name that they get.
ASSETS: Mapping[str, Mapping[str, str]] = {
    "org.webjars.npm:htmx.org:2.0.7": {"htmx.min.js": "/dist/htmx.min.js", "htmx.LICENSE.txt": "/LICENSE"},
    "org.webjars.npm:tabler__core:1.4.0": {
        "tabler.min.css": "/dist/css/tabler.min.css",
        "tabler.min.js": "/dist/js/tabler.min.js",
    },
    ICONS: {"icons.LICENSE.txt": "/LICENSE"},
}
#: How pages and Python name an icon: `icon("inbox")`, `icon="inbox"`.
_NAMED = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']|\bicon\s*=\s*["']([a-z0-9-]+)["']""")


def take() -> list[Path]:
    """Downloads the WebJars and writes the files and their hashes; returns the files.

    Raises EmbeddedServerError when the `embedded` extra is missing, jgo's errors when the repository does not answer,
    KeyError for an icon that a page names and Tabler does not have.
    """
    written = []
    with tempfile.TemporaryDirectory(prefix="casemail-assets-") as staging:
        for coordinate, wanted in ASSETS.items():
            with zipfile.ZipFile(jars.fetch(coordinate, Path(staging))) as archive:
                for name, ending in wanted.items():
                    (member,) = (member for member in archive.namelist() if member.endswith(ending))
                    written.append(FOLDER / name)
                    written[-1].write_bytes(archive.read(member))
                if coordinate == ICONS:
                    written.append(FOLDER / SPRITE)
                    written[-1].write_text(sprite(archive, icons_in_use()))
    SUMS.write_text("".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in written))
    return written


def icons_in_use() -> list[str]:
    """Returns the names of all icons that templates and modules of the console name, sorted."""
    sources = [file for ending in ("*.html", "*.py") for file in CONSOLE.rglob(ending)]
    return sorted({one or other for file in sources for one, other in _NAMED.findall(file.read_text())})


def sprite(archive: zipfile.ZipFile, names: Iterable[str]) -> str:
    """Returns an SVG with a symbol for each icon, which pages show by `<use href="/assets/icons.svg#NAME">`."""
    members = {Path(member).stem: member for member in archive.namelist() if "/icons/outline/" in member}
    symbols = [_symbol(name, archive.read(members[name]).decode()) for name in names]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _symbol(name: str, svg: str) -> str:
    """Returns an icon as a symbol; the page sets its colour and its size."""
    inner = re.sub(r"\s+", " ", svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]).strip()
    line = 'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {line}>{inner}</symbol>'
