"""`python -m ops.bench.bare_lmtp PORT`: aiosmtpd's LMTP server that forgets every mail, to measure custody by."""

import asyncio
import sys

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session


class Forgetful:
    """Says that it has the mail."""

    async def handle_DATA(self, _server: LMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One reply for each recipient; the name is aiosmtpd's."""
        return "\r\n".join("250 OK" for _ in envelope.rcpt_tos)


async def serve(port: int) -> None:
    """Serves until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: LMTP(Forgetful(), loop=loop), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
