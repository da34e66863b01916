"""aiosmtpd's LMTP server without casemail, to measure custody by: `python -m ops.bench.bare_lmtp PORT [FOLDER]`.

Without a folder it forgets every mail; with one, each is a file there, with its fsync, before the reply.
"""

import asyncio
import os
import sys
from pathlib import Path
from uuid import uuid4

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session


class Bare:
    """Says that it has the mail, and has it where there is a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: LMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One reply for each recipient; the name is aiosmtpd's."""
        if self._folder is not None:
            assert isinstance(envelope.content, bytes)
            await asyncio.to_thread(keep, self._folder / uuid4().hex, envelope.content)
        return "\r\n".join("250 OK" for _ in envelope.rcpt_tos)


def keep(path: Path, data: bytes) -> None:
    """Writes a file durably, but for its name."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


async def serve(port: int, folder: Path | None) -> None:
    """Serves until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LMTP(Bare(folder), loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))  # noqa: PLR2004
