"""aiosmtpd's LMTP server without casemail, to compare custody with: `python -m ops.bench.bare_lmtp PORT [FOLDER]`.

Without a folder it discards every mail; with a folder it writes and fsyncs each mail there before the reply.
"""

import asyncio
import os
import sys
from pathlib import Path
from uuid import uuid4

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session


class Bare:
    """Accepts every mail, and keeps it if there is a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: LMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd calls it so
        """Returns a reply for each recipient."""
        if self._folder is not None:
            assert isinstance(envelope.content, bytes)
            await asyncio.to_thread(keep, self._folder / uuid4().hex, envelope.content)
        return "\r\n".join("250 OK" for _ in envelope.rcpt_tos)


def keep(path: Path, data: bytes) -> None:
    """Writes a file and fsyncs its content; its name in the folder is not fsynced."""
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
