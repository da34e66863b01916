"""The connection test of a source, in steps that show what is wrong. It changes nothing at the server."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography import x509
from imap_tools.utils import encode_folder

from cases.inbound.connection_report import Report, Step
from schemas.mailboxes import After, Security
from schemas.tables import SourceKind, now
from storage.resources import Resources
from storage.source_rows import SourceRow, find_source
from workers.fetch.mailbox import imap_client, pop3_client
from workers.fetch.mailbox.credentials import Credentials
from workers.fetch.mailbox.maildir import Maildir
from workers.fetch.mailbox.transport import Meter, Route, SourceError, reason

#: Longest time of a test, and longest silence of the server, in seconds.
SECONDS, SILENCE = 45.0, 15.0

_Steps = list[Step]


def check(source_id: UUID, resources: Resources) -> Report | None:
    """Tests a source and returns the report; None if there is no such source, or it is not fetched."""
    with resources.database.system() as connection:
        source = find_source(connection, source_id)
    if source is None or source.kind not in (SourceKind.IMAP, SourceKind.POP3, SourceKind.MAILDIR):
        return None
    steps: _Steps = []
    _test(source, resources, steps)
    return Report(source.name, now(), tuple(steps))


def _test(source: SourceRow, resources: Resources, steps: _Steps) -> None:
    if source.kind is SourceKind.MAILDIR:
        _step(steps, "folder", lambda: f"{Maildir(Path(source.location)).count()} mails wait in {source.location}")
        return
    meter = Meter(seconds=SECONDS, silence=SILENCE)
    credentials: list[Credentials] = []

    def read() -> str:
        credentials.append(Credentials(source, resources))
        return "they are whole"

    if not _step(steps, "settings", read):
        return
    route = credentials[0].route()
    addresses: list[str] = []

    def look_up() -> str:
        addresses.extend(route.addresses())
        return f"{route.host} is at {', '.join(addresses[:5])}"

    if not _step(steps, "name", look_up):
        return
    if not _step(steps, "connection", lambda: _reach(route, addresses, meter)):
        return
    if route.security is Security.TLS:
        if not _step(steps, "TLS", lambda: _certificate(route, meter)):
            return
    elif route.security is Security.NONE:
        steps.append(Step("TLS", None, "not used: everything goes in clear"))
    (_imap if source.kind is SourceKind.IMAP else _pop3)(credentials[0], route, meter, steps)


def _step(steps: _Steps, name: str, do: Callable[[], str]) -> bool:
    try:
        words = do()
    except (SourceError, OSError) as error:
        steps.append(Step(name, False, str(error) if isinstance(error, SourceError) else reason(error)))
        return False
    steps.append(Step(name, True, words))
    return True


def _reach(route: Route, addresses: list[str], meter: Meter) -> str:
    failure: OSError | None = None
    for address in addresses:
        try:
            route.connect(address, meter).close()
        except OSError as error:
            failure = error
        else:
            return f"{address} answers at port {route.port}"
    raise SourceError(f"nothing answers at port {route.port}: {reason(failure)}")


def _certificate(route: Route, meter: Meter) -> str:
    sock = route.open(meter)
    try:
        return _facts(sock)
    finally:
        sock.close()


def _facts(sock: socket.socket) -> str:
    certificate = x509.load_der_x509_certificate(sock.getpeercert(True) or b"")  # type: ignore[attr-defined]
    days = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    return (
        f"{sock.version()}, certificate of {certificate.subject.rfc4514_string() or 'no name'}, "  # type: ignore[attr-defined]
        f"issued by {certificate.issuer.rfc4514_string()}, "
        f"good for {days} more days, until {certificate.not_valid_after_utc:%Y-%m-%d}"
    )


def _imap(credentials: Credentials, route: Route, meter: Meter, steps: _Steps) -> None:
    boxes: list[imap_client.Box] = []
    options = credentials.options

    def log_in() -> str:
        boxes.append(imap_client.connect(credentials, meter))
        return f"{options.username} is logged in ({options.login.value})"

    try:
        if not _step(steps, "log-in", log_in):
            return
        box = boxes[0]
        if route.security is Security.STARTTLS:
            _step(steps, "TLS", lambda: _facts(box.client.sock))
        _folder(credentials, box, meter, steps)
    finally:
        for box in boxes:
            box.drop()


def _folder(credentials: Credentials, box: imap_client.Box, meter: Meter, steps: _Steps) -> None:
    options, client = credentials.options, box.client

    def guarded(do: Callable[[], str]) -> Callable[[], str]:
        def step() -> str:
            meter.allow()
            try:
                return do()
            except imap_client.ERRORS as error:
                raise SourceError(credentials.clean(reason(error))) from error

        return step

    def select() -> str:
        _, data = box.folder.set(options.folder)
        return f"{options.folder} has {int(data[0] or 0)} mails"

    def rights() -> str:
        if "READ-ONLY" in client.untagged_responses or client.is_readonly:
            raise SourceError("the folder can only be read: mails can't be marked, moved or deleted in it")
        if "ACL" not in client.capabilities:
            return "the folder can be written to (the server does not say more about rights)"
        status, data = client.myrights(encode_folder(options.folder).decode())
        granted = data[0].decode("ascii", "replace").split()[-1] if status == "OK" and data and data[0] else ""
        wanted = {After.LEAVE: "r", After.FLAG: "rs", After.DELETE: "rte", After.MOVE: "rte"}[options.after]
        missing = [right for right in wanted if right not in granted]
        if missing:
            raise SourceError(f"rights are missing (RFC 4314): {''.join(missing)} of {wanted}; granted: {granted}")
        return f"granted are {granted}, needed {wanted} (RFC 4314)"

    def target() -> str:
        there = box.folder.exists(options.move_to)
        by = (
            "MOVE"
            if "MOVE" in client.capabilities
            else "COPY and UIDPLUS"
            if "UIDPLUS" in client.capabilities
            else "COPY"
        )
        return f"{options.move_to} {'is there' if there else 'will be made'}; mails are moved by {by}"

    if not _step(steps, "folder", guarded(select)):
        return
    _step(steps, "rights", guarded(rights))
    if options.after is After.MOVE:
        _step(steps, "folder to move to", guarded(target))
    idle = "IDLE" in client.capabilities
    words = (
        "the server announces new mail at once"
        if idle
        else "the server can't announce it: it comes with the next fetch"
    )
    steps.append(Step("new mail", True if idle else None, words))


def _pop3(credentials: Credentials, route: Route, meter: Meter, steps: _Steps) -> None:
    clients: list[pop3_client.Client] = []
    options = credentials.options

    def log_in() -> str:
        clients.append(pop3_client.connect(credentials, meter))
        return f"{options.username} is logged in ({options.login.value})"

    def count() -> str:
        try:
            meter.allow(pop3_client.LISTING_BYTES)
            mails, octets = clients[0].stat()
            clients[0].uidl()
        except pop3_client.ERRORS as error:
            raise SourceError(credentials.clean(pop3_client.words_of(error))) from error
        return f"{mails} mails, {octets} bytes; each has an id (UIDL)"

    try:
        if not _step(steps, "log-in", log_in):
            return
        if route.security is Security.STARTTLS:
            _step(steps, "TLS", lambda: _facts(clients[0].sock))
        _step(steps, "mails", count)
    finally:
        for client in clients:
            client.drop()
