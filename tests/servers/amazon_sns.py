"""Amazon SNS: a signer with its own certificate, under the name of Amazon's server, reached through a proxy."""

import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from typing import Any
from uuid import uuid4

import orjson
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

HOST = "sns.eu-west-1.amazonaws.com"
NAME = "SimpleNotificationService-01d088a6f77103d0fe307c0069e40ed6.pem"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
SIGNED = {
    "Notification": ("Message", "MessageId", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@dataclass
class AmazonSns:
    """A TLS server that serves the signer's certificate, and a `proxy` that leads all names to it. `asked` are the
    requested paths."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    proxy: str = ""
    ca_file: Path = Path()
    asked: list[str] = field(default_factory=list)

    def message(self, kind: str = "Notification", version: str = "2", **changes: str) -> dict[str, str]:
        """Returns a signed message; `changes` are signed, too."""
        fields = {
            "Type": kind,
            "MessageId": str(uuid4()),
            "TopicArn": TOPIC,
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "SignatureVersion": version,
            "SigningCertURL": f"https://{HOST}/{NAME}",
            "Message": "m",
            "Token": "t",
            "SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription&Token=t",
            **changes,
        }
        text = "".join(f"{name}\n{fields[name]}\n" for name in SIGNED[kind]).encode()
        signature = self.key.sign(text, PKCS1v15(), SHA256() if version == "2" else SHA1())
        return fields | {"Signature": b64encode(signature).decode()}

    def notification(
        self, raw: bytes, *recipients: str, verdicts: dict[str, Any] | None = None, **changes: str
    ) -> dict[str, str]:
        """Returns the notification of SES about a mail."""
        about = {
            "notificationType": "Received",
            "mail": {"source": "a@x.example", "destination": list(recipients)},
            "receipt": {
                "recipients": list(recipients),
                "action": {"type": "SNS", "encoding": "BASE64"},
                **(verdicts or {}),
            },
            "content": b64encode(raw).decode(),
        }
        return self.message(Message=orjson.dumps(about).decode(), **changes)


def new_signer() -> tuple[rsa.RSAPrivateKey, bytes]:
    """Returns a key and its own certificate as PEM."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .sign(key, SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM)


@contextmanager
def amazon_sns(folder: Path) -> Iterator[AmazonSns]:
    """Runs the server and the proxy; `folder` is for the certificate of its authority."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    there = AmazonSns(*new_signer())
    there.ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(there.ca_file))

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there.asked.append(self.path)
            moved = "-moved" in self.path
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", "https://evil.example/x.pem")
            self.end_headers()
            self.wfile.write(there.certificate)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.socket = context.wrap_socket(server.socket, server_side=True)

    class Proxy(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            with create_connection(server.server_address[:2]) as other:  # type: ignore[arg-type]
                pumps = [
                    threading.Thread(target=_pump, args=ends)
                    for ends in ((self.connection, other), (other, self.connection))
                ]
                for pump in pumps:
                    pump.start()
                for pump in pumps:
                    pump.join()

        def log_message(self, *_: Any) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    there.proxy = f"http://127.0.0.1:{proxy.server_address[1]}"
    for service in (server, proxy):
        threading.Thread(target=service.serve_forever, daemon=True).start()
    yield there
    for service in (server, proxy):
        service.shutdown()
        service.server_close()


def _pump(source: Any, target: Any) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(1)
    except OSError:
        return
