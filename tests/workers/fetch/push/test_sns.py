"""Amazon SES by SNS: a signer with a certificate of our own, at the name of Amazon's server behind a proxy of ours."""

import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_connection
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from storage.resources import Resources
from storage.secret_box import SecretBox
from tests.builders.world import World
from tests.workers.fetch.push.test_webhook import add, mail, rows, serving
from workers.fetch.push.endpoints import Endpoint, Provider
from workers.fetch.push.providers import RefusedError
from workers.fetch.push.sns import Sns

HOST = "sns.eu-west-1.amazonaws.com"
NAME = "SimpleNotificationService-01d088a6f77103d0fe307c0069e40ed6.pem"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
SIGNED = {
    "Notification": ("Message", "MessageId", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


@dataclass
class Amazon:
    """A TLS server that has the certificate of a signer, and a proxy that leads every name to it."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    proxy: str = ""
    ca_file: Path = Path()
    asked: list[str] = field(default_factory=list)

    def message(self, kind: str = "Notification", version: str = "2", **changes: str) -> dict[str, str]:
        """A signed message; `changes` are signed with it."""
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
        """What SES tells of a mail."""
        told = {
            "notificationType": "Received",
            "mail": {"source": "a@x.example", "destination": list(recipients)},
            "receipt": {
                "recipients": list(recipients),
                "action": {"type": "SNS", "encoding": "BASE64"},
                **(verdicts or {}),
            },
            "content": b64encode(raw).decode(),
        }
        return self.message(Message=orjson.dumps(told).decode(), **changes)


def signer() -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key, and its own certificate as PEM."""
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


@pytest.fixture(scope="module")
def amazon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Amazon]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    there = Amazon(*signer())
    there.ca_file = tmp_path_factory.mktemp("amazon") / "ca.pem"
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
                    threading.Thread(target=pump, args=ends)
                    for ends in ((self.connection, other), (other, self.connection))
                ]
                for one in pumps:
                    one.start()
                for one in pumps:
                    one.join()

        def log_message(self, *_: Any) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.daemon_threads = True
    there.proxy = f"http://127.0.0.1:{proxy.server_address[1]}"
    for one in (server, proxy):
        threading.Thread(target=one.serve_forever, daemon=True).start()
    yield there
    for one in (server, proxy):
        one.shutdown()
        one.server_close()


def pump(source: Any, target: Any) -> None:
    try:
        while data := source.recv(65_536):
            target.sendall(data)
        target.shutdown(1)
    except OSError:
        return


@pytest.fixture
def seal(resources: Resources) -> SecretBox:
    return SecretBox.from_settings(resources.settings)


@pytest.fixture
def door(resources: Resources, seal: SecretBox, amazon: Amazon) -> Iterator[str]:
    """The URL of a webhook for the topic."""
    path, _ = add(resources, seal, Provider.SNS, topic=TOPIC)
    with serving(resources, webhook_proxy=amazon.proxy, webhook_ca_file=amazon.ca_file) as url:
        yield f"{url}/in/{path}"


def post(door: str, message: dict[str, str]) -> int:
    return httpx.post(door, content=orjson.dumps(message), timeout=30).status_code


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_mail_that_ses_publishes_is_taken_for_its_recipients_and_once(
    resources: Resources, world: World, amazon: Amazon, door: str, version: str
) -> None:
    ours, raw = [f"case-{name}@{world.mail_domain}" for name in ("one", "two")], mail()
    message = amazon.notification(raw, *ours, version=version)
    assert [post(door, message) for _ in range(2)] == [200, 200]
    assert rows(resources, world) == [(address, "a@x.example", "waiting") for address in ours]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({}, None),
        ({"dmarcVerdict": {"status": "PASS"}}, "amazonses.com; dmarc=pass"),
        (
            {"dmarcVerdict": {"status": "FAIL"}, "dmarcPolicy": "reject", "spfVerdict": {"status": "FAIL"}},
            "amazonses.com; dmarc=fail policy.dmarc=reject",
        ),
        (
            {"dmarcVerdict": {"status": "GRAY"}, "spfVerdict": {"status": "PASS"}},
            "amazonses.com; dmarc=none; spf=pass smtp.mailfrom=x.example",
        ),
        ({"dmarcVerdict": {"status": "PROCESSING_FAILED"}}, "amazonses.com; dmarc=temperror"),
        ({"dmarcVerdict": {"status": "x; dmarc=pass"}, "dmarcPolicy": "none; dmarc=pass"}, None),
        ({"dmarcVerdict": "PASS"}, None),
    ],
)
def test_what_ses_found_of_the_sender_comes_with_the_mail(
    resources: Resources, world: World, amazon: Amazon, door: str, verdicts: dict[str, Any], said: str | None
) -> None:
    message = amazon.notification(mail(), f"case-one@{world.mail_domain}", verdicts=verdicts)
    assert post(door, message) == 200
    with resources.database.system() as connection:
        query = text("select w.said from mails m left join sender_words w on w.mail_id = m.id where m.tenant_id = :id")
        assert connection.execute(query, {"id": world.tenant_id}).scalar_one() == said


def test_a_subscription_is_confirmed_at_amazon(amazon: Amazon, door: str) -> None:
    amazon.asked.clear()
    assert post(door, amazon.message("SubscriptionConfirmation")) == 200
    assert "/?Action=ConfirmSubscription&Token=t" in amazon.asked


def test_what_is_not_amazons_word_for_this_topic_does_not_come_in(
    resources: Resources, world: World, amazon: Amazon, door: str
) -> None:
    ours = f"case-1@{world.mail_domain}"

    def of(**changes: Any) -> dict[str, str]:
        return amazon.notification(mail(), ours, **changes)

    old = (datetime.now(UTC) - timedelta(days=2)).isoformat()
    other = Amazon(*signer()).notification(mail(), ours)
    messages = {
        "another topic": (of(TopicArn=TOPIC + "2"), 403),
        "another signer": (other, 401),
        "no signature": (of() | {"Signature": ""}, 401),
        "changed after it was signed": (of() | {"MessageId": "2"}, 401),
        "no version": (of() | {"SignatureVersion": "3"}, 400),
        "another server": (of(SigningCertURL="https://evil.example/x.pem"), 403),
        "a server of nearly the name": (of(SigningCertURL=f"https://{HOST}.evil.example/x.pem"), 403),
        "a server before an at sign": (of(SigningCertURL=f"https://{HOST}@evil.example/x.pem"), 403),
        "another port": (of(SigningCertURL=f"https://{HOST}:444/x.pem"), 403),
        "in clear": (of(SigningCertURL=f"http://{HOST}/x.pem"), 403),
        "no certificate": (of(SigningCertURL=f"https://{HOST}/x.txt"), 403),
        "a redirection": (of(SigningCertURL=f"https://{HOST}/SimpleNotificationService-moved.pem"), 503),
        **{
            f"a certificate at {url}": (of(SigningCertURL=url), 403)
            for url in (
                f"https://sns.s3.amazonaws.com/{NAME}",
                f"https://sns.s3-us-west-2.amazonaws.com/{NAME}",
                f"https://sns.s3-website-us-east-1.amazonaws.com/{NAME}",
                f"https://sns.us-east-1.amazonaws.com/{NAME}",
                f"https://sns.eu-west-1.amazonaws.com.cn/{NAME}",
                f"https://{HOST}/x.pem",
                f"https://{HOST}/bucket/{NAME}",
                f"https://{HOST}/../{NAME}",
                f"https://{HOST}/{NAME}?x.pem",
                f"https://{HOST}/{NAME}#x",
                f"https://{HOST}//{NAME}",
                f"https://{HOST.upper()}/{NAME}",
                f"https://{HOST}./{NAME}",
                "",
            )
        },
        "too old": (of(Timestamp=old), 403),
        "no time": (of(Timestamp="then"), 403),
        **{
            f"a confirmation at {url}": (amazon.message("SubscriptionConfirmation", SubscribeURL=url), 403)
            for url in (
                "https://evil.example/?Action=ConfirmSubscription&Token=t",
                "https://sns.s3.amazonaws.com/?Action=ConfirmSubscription&Token=t",
                f"https://{HOST}/?Action=Unsubscribe&Token=t",
                f"https://{HOST}@evil.example/?Action=ConfirmSubscription&Token=t",
            )
        },
        "in a bucket": (amazon.message(Message='{"mail": {}, "receipt": {"action": {"type": "S3"}}}'), 422),
        "no JSON": ({}, 403),
    }
    assert {name: post(door, message) for name, (message, _) in messages.items()} == {
        name: status for name, (_, status) in messages.items()
    }
    assert rows(resources, world) == []


def test_a_certificate_from_a_server_that_nobody_trusts_proves_nothing(
    resources: Resources, world: World, seal: SecretBox, amazon: Amazon
) -> None:
    path, _ = add(resources, seal, Provider.SNS, topic=TOPIC)
    with serving(resources, webhook_proxy=amazon.proxy) as url:
        assert post(f"{url}/in/{path}", amazon.notification(mail(), f"x@{world.mail_domain}")) == 503
    assert rows(resources, world) == []


@pytest.mark.parametrize(
    "topic",
    [
        "arn:aws:sns:s3:123456789012:mail",
        "arn:aws:sns:eu-west-1.evil.example/x:123456789012:mail",
        "arn:aws:sns:eu-west-1:1:mail",
        "arn:aws:s3:::sns",
        "arn:aws-evil:sns:eu-west-1:123456789012:mail",
        "",
    ],
)
def test_a_webhook_is_for_a_topic_of_sns(resources: Resources, seal: SecretBox, topic: str) -> None:
    with pytest.raises(ValueError, match="the ARN of the SNS topic is needed"):
        add(resources, seal, Provider.SNS, topic=topic)


@pytest.mark.parametrize(
    ("topic", "server"),
    [
        ("arn:aws:sns:us-east-1:123456789012:mail.fifo", "https://sns.us-east-1.amazonaws.com"),
        ("arn:aws-cn:sns:cn-north-1:123456789012:mail", "https://sns.cn-north-1.amazonaws.com.cn"),
        ("arn:aws-us-gov:sns:us-gov-west-1:123456789012:mail", "https://sns.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_server_is_that_of_the_topics_region(resources: Resources, topic: str, server: str) -> None:
    with pytest.raises(RefusedError, match=f"not at {server}$"):
        Sns(resources.settings).read(
            Endpoint(uuid4(), "d", None, Provider.SNS, "", topic),
            orjson.dumps(Amazon(*signer()).message(TopicArn=topic, SigningCertURL="https://evil.example/x.pem")),
            datetime.now(UTC),
        )
