"""Amazon SES by SNS: a signed notification that contains the whole mail.

The receipt rule's action must be SNS (encoding Base64 or UTF-8), which brings mails of up to 150 KB; the action S3,
which leaves the mail in a bucket, is refused. The signer is proven by a certificate from the SNS server in our topic's
region, and the ARN of the topic proves that the message is for us: anybody may have a topic of their own, or a host
with another name under amazonaws.com.
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import re
import ssl
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, build_opener

import orjson
import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from schemas.settings import Settings
from workers.fetch.push.endpoints import TOPIC, Endpoint
from workers.fetch.push.providers import Pushed, RefusedError

#: Greatest age of a message: SNS retries an HTTP endpoint for hours, with the time of the first try.
MOST_AGE = timedelta(hours=24)
_DOMAIN = re.compile(r"[A-Za-z0-9.-]{1,255}", re.ASCII)
#: The results of RFC 8601 by SES's words; GRAY: DMARC fails, and the policy is `none`.
_DMARC = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "temperror"}
_POLICIES = ("none", "quarantine", "reject")
#: The path of SNS's certificates at the server of the topic's region.
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem", re.ASCII)
_CONFIRMATION_START = "/?Action=ConfirmSubscription&"
SECONDS = 10
_MOST_BYTES = 65_536
_MOST_CERTIFICATES = 20
_HASHES = {"1": SHA1, "2": SHA256}
#: The fields that are signed, in their order, by the type of the message.
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _UNSUPPORTED, _UNAVAILABLE = 400, 401, 403, 422, 503

_log = structlog.get_logger(__name__)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follows no redirect: only the first address was checked."""


class Sns:
    """Reads what SNS posts. Fetches certificates from amazonaws.com alone, and confirms subscriptions there."""

    def __init__(self, settings: Settings) -> None:
        context = ssl.create_default_context(cafile=settings.webhooks.ca_file)
        proxies = {"https": settings.webhooks.proxy} if settings.webhooks.proxy else {}
        self._opener = build_opener(ProxyHandler(proxies), HTTPSHandler(context=context), _NoRedirect())
        self._certificates: dict[str, x509.Certificate] = {}

    def read(self, endpoint: Endpoint, body: bytes, at: datetime) -> Pushed | None:
        """Returns the mail of a notification; None for a confirmation, which is carried out here.

        Raises `RefusedError` for anything but a message of SES for this endpoint. Waits for Amazon's servers.
        """
        message = _object(body)
        fields = {name: str(value) for name, value in message.items() if isinstance(value, str)}
        if fields.get("TopicArn") != endpoint.topic:
            raise RefusedError(_FORBIDDEN, "the message is of another topic")
        server = _server(endpoint.topic)
        self._prove(fields, server, at)
        if fields["Type"] == "SubscriptionConfirmation":
            url = fields.get("SubscribeURL", "")
            if not url.startswith(server + _CONFIRMATION_START):
                raise RefusedError(_FORBIDDEN, "the subscription is to be confirmed at a server that is not Amazon SNS")
            self._get(url)
            _log.info("subscription confirmed", topic=endpoint.topic, endpoint=endpoint.name)
        return _mail(fields) if fields["Type"] == "Notification" else None

    def _prove(self, fields: dict[str, str], server: str, at: datetime) -> None:
        names, kind = _SIGNED.get(fields.get("Type", "")), _HASHES.get(fields.get("SignatureVersion", ""))
        if names is None or kind is None:
            raise RefusedError(_BAD_REQUEST, "the message is of no known type or signature version")
        key = self._certificate(fields.get("SigningCertURL", ""), server, at).public_key()
        signed = "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields)
        if not isinstance(key, RSAPublicKey):
            raise RefusedError(_UNAUTHORIZED, "the certificate has no RSA key")
        try:
            # signature version 1 uses SHA-1; a topic can be set to version 2
            key.verify(b64decode(fields.get("Signature", "")), signed.encode(), PKCS1v15(), kind())
        except (InvalidSignature, Base64Error):
            raise RefusedError(_UNAUTHORIZED, "the signature is wrong") from None
        try:
            sent = datetime.fromisoformat(fields["Timestamp"])
            fresh = abs(at - sent) <= MOST_AGE
        except (KeyError, ValueError, TypeError):
            fresh = False
        if not fresh:
            raise RefusedError(_FORBIDDEN, "the message is too old, or its time is wrong")

    def _certificate(self, url: str, server: str, at: datetime) -> x509.Certificate:
        if not (url.startswith(server) and _CERTIFICATE.fullmatch(url.removeprefix(server))):
            raise RefusedError(
                _FORBIDDEN, f"the certificate is not where Amazon keeps those of SNS: it is not at {server}"
            )
        if url not in self._certificates:
            try:
                found = x509.load_pem_x509_certificate(self._get(url))
            except ValueError:
                raise RefusedError(_UNAUTHORIZED, "the certificate can't be read") from None
            if len(self._certificates) >= _MOST_CERTIFICATES:
                self._certificates.clear()
            self._certificates[url] = found
        certificate = self._certificates[url]
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise RefusedError(_UNAUTHORIZED, "the certificate is not valid now")
        return certificate

    def _get(self, url: str) -> bytes:
        try:
            with self._opener.open(url, timeout=SECONDS) as answer:
                return bytes(answer.read(_MOST_BYTES))
        except (OSError, HTTPException, ValueError) as error:  # SNS tries again
            if isinstance(error, HTTPError):
                error.close()  # it is also the answer
            raise RefusedError(_UNAVAILABLE, f"Amazon SNS can't be asked: {error}") from None


def _server(topic: str) -> str:
    """Returns the URL of SNS in the region of a topic, from its ARN: never from a message."""
    found = TOPIC.fullmatch(topic)
    if found is None:
        raise RefusedError(_FORBIDDEN, "this webhook has no topic of SNS")
    return f"https://sns.{found['region']}.amazonaws.com" + (".cn" if found["partition"] == "aws-cn" else "")


def _mail(fields: dict[str, str]) -> Pushed:
    """Returns the mail in a notification of SES
    (https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html)."""
    message = _object(fields.get("Message", "").encode())
    mail, receipt, content = message.get("mail"), message.get("receipt"), message.get("content")
    if not isinstance(mail, dict) or not isinstance(receipt, dict) or not isinstance(content, str):
        words = "the mail is not in the message: let the receipt rule have the action SNS, with the encoding Base64"
        raise RefusedError(_UNSUPPORTED, words)
    action = receipt.get("action")
    encoding = str(action.get("encoding", "UTF8")) if isinstance(action, dict) else "UTF8"
    try:
        raw = b64decode(content, validate=True) if encoding.upper() == "BASE64" else content.encode()
    except ValueError:
        raise RefusedError(_BAD_REQUEST, "the mail can't be decoded") from None
    recipients = receipt.get("recipients")
    if not isinstance(recipients, list) or not recipients:
        raise RefusedError(_BAD_REQUEST, "the message names no recipients")
    sender = str(mail.get("source", ""))
    said = _said(receipt, sender.rpartition("@")[2])
    return Pushed(raw, sender, tuple(map(str, recipients)), fields.get("MessageId", ""), said)


def _said(receipt: dict[str, Any], sender_domain: str) -> str:
    """Returns what SES found about the sender, written as in Authentication-Results
    (https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html, `dmarcVerdict`)."""
    verdicts = {name: receipt.get(f"{name}Verdict") for name in ("dmarc", "spf")}
    status = {name: str(found.get("status", "")).upper() for name, found in verdicts.items() if isinstance(found, dict)}
    if not (dmarc := _DMARC.get(status.get("dmarc", ""))):
        return ""
    policy = str(receipt.get("dmarcPolicy", "")).lower()
    words = f"amazonses.com; dmarc={dmarc}" + (f" policy.dmarc={policy}" if policy in _POLICIES else "")
    spf = status.get("spf") == "PASS" and _DOMAIN.fullmatch(sender_domain)
    return f"{words}; spf=pass smtp.mailfrom={sender_domain}" if spf else words


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RefusedError(_BAD_REQUEST, "the message is not a JSON object")
    return found
