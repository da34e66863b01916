"""Takes the web assets of other projects into console/assets, for maintainers: they are part of casemail.

They come as WebJars from the Maven repository, byte for byte; `console/assets/SHA256SUMS` has their hashes.
"""

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ops.embedded import jars

FOLDER = Path(__file__).parents[2] / "console" / "assets"
SUMS = FOLDER / "SHA256SUMS"
#: For each WebJar, how the files in it end that are taken, by the name that they get.
ASSETS: Mapping[str, Mapping[str, str]] = {
    "org.webjars.npm:htmx.org:2.0.7": {"htmx.min.js": "/dist/htmx.min.js", "htmx.LICENSE.txt": "/LICENSE"},
    "org.webjars.npm:picocss__pico:2.1.1": {"pico.min.css": "/css/pico.min.css", "pico.LICENSE.txt": "/LICENSE.md"},
}


def take() -> list[Path]:
    """Downloads the WebJars and writes the files and their hashes; returns the files.

    Raises EmbeddedServerError when the `embedded` extra is missing, jgo's errors when the repository does not answer.
    """
    written = []
    with tempfile.TemporaryDirectory(prefix="casemail-assets-") as staging:
        for coordinate, wanted in ASSETS.items():
            with zipfile.ZipFile(jars.fetch(coordinate, Path(staging))) as archive:
                for name, ending in wanted.items():
                    (member,) = (member for member in archive.namelist() if member.endswith(ending))
                    written.append(FOLDER / name)
                    written[-1].write_bytes(archive.read(member))
    SUMS.write_text("".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in written))
    return written
