"""Reads and verifies what providers push by HTTP: the mail, its envelope, and what is unique to the request.

Pure functions: bytes in, a `Pushed` out, or a `RefusedError` with the HTTP status for what is wrong.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from urllib.parse import parse_qsl

from python_multipart import parse_form
from python_multipart.exceptions import FormParserError

from schemas.errors import CasemailError
from workers.fetch.push.endpoints import Endpoint

#: Seconds by which the clock of a generic client may be wrong, or for which its request may be on the way.
GENERIC_SECONDS = 300
#: Mailgun retries for eight hours; its documentation does not say whether it signs each retry again.
MAILGUN_SECONDS = 24 * 3600
#: Most octets of a field that is not the mail, and most fields.
_MOST_FIELD = 16_384
_MOST_FIELDS = 1_000
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN = 400, 401, 403
_DIGITS = re.compile(r"[0-9]{1,12}", re.ASCII)


class RefusedError(CasemailError):
    """A request that brings no mail in; `status` is the HTTP status that says why."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Pushed:
    """A mail as a provider pushed it. Without `recipients`, they are read from the mail, in the source's header fields.

    `nonce` is unique to the request. `said` is what the provider found about the sender and reported outside of the
    mail, written as in Authentication-Results (RFC 8601); empty for nothing.
    """

    raw: bytes
    sender: str | None
    recipients: tuple[str, ...]
    nonce: str
    said: str = ""


def generic(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, at: datetime) -> Pushed:
    """Reads the mail from the body of the request, and from its header fields:

    - `Casemail-Timestamp`: seconds since 1970
    - `Casemail-Sender`, `Casemail-Recipient`: the envelope, recipients separated by commas; both optional
    - `Casemail-Signature`: `sha256=` and in hexadecimal the HMAC-SHA256, keyed with the webhook's secret, of timestamp,
      sender and recipient, each with a line feed after it, and the body
    """
    stamp, signature = headers.get("casemail-timestamp", ""), headers.get("casemail-signature", "")
    sender, recipient = headers.get("casemail-sender"), headers.get("casemail-recipient", "")
    check_signature(f"sha256={sign(endpoint.secret, stamp, sender or '', recipient, body)}", signature)
    check_time(stamp, at, GENERIC_SECONDS)
    return Pushed(body, sender, _addresses(recipient), signature)


def sign(secret: str, stamp: str, sender: str, recipient: str, body: bytes) -> str:
    """Returns the signature of a generic request, in hexadecimal."""
    head = f"{stamp}\n{sender}\n{recipient}\n".encode("utf-8", "surrogateescape")
    return hmac.new(secret.encode(), head + body, "sha256").hexdigest()


def mailgun(endpoint: Endpoint, headers: Mapping[str, str], body: bytes, at: datetime) -> Pushed:
    """Reads Mailgun's form (https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store).

    The mail is `body-mime`, its envelope `sender` and `recipient`; `signature` is the HMAC-SHA256 of `timestamp` and
    `token` with the webhook signing key."""
    form = _form(headers, body)
    plain = {name: form.get(name, b"")[:_MOST_FIELD].decode("utf-8", "replace") for name in _MAILGUN_FIELDS}
    proof = (plain["timestamp"] + plain["token"]).encode()
    check_signature(hmac.new(endpoint.secret.encode(), proof, "sha256").hexdigest(), plain["signature"])
    check_time(plain["timestamp"], at, MAILGUN_SECONDS)
    if "body-mime" not in form:
        raise RefusedError(_BAD_REQUEST, "there is no body-mime: let the URL in Mailgun's route end in ?mime or /mime")
    if not plain["token"]:
        raise RefusedError(_UNAUTHORIZED, "there is no token")
    return Pushed(form["body-mime"], plain["sender"], _addresses(plain["recipient"]), plain["token"])


_MAILGUN_FIELDS = ("timestamp", "token", "signature", "sender", "recipient")


def check_signature(right: str, given: str) -> None:
    """Raises `RefusedError` when the signature is missing or wrong."""
    if not hmac.compare_digest(right.encode(), given.encode("utf-8", "surrogateescape")):
        raise RefusedError(_UNAUTHORIZED, "the signature is wrong")


def check_time(stamp: str, at: datetime, seconds: int) -> None:
    """Raises `RefusedError` when the time of the request, in seconds since 1970, is missing or too far from `at`."""
    if not _DIGITS.fullmatch(stamp) or abs(at.timestamp() - int(stamp)) > seconds:
        raise RefusedError(_FORBIDDEN, "the request is too old, or its time is wrong")


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, bytes]:
    """Returns the first value of each field of a form, in either encoding (HTML standard, form submission)."""
    kind, found = headers.get("content-type", ""), dict[str, bytes]()
    if kind.startswith("application/x-www-form-urlencoded"):
        try:
            fields = parse_qsl(body.decode("latin-1"), True, encoding="latin-1", max_num_fields=_MOST_FIELDS)
        except ValueError as error:
            raise RefusedError(_BAD_REQUEST, f"the form can't be read: {error}") from None
        return {name: value.encode("latin-1") for name, value in reversed(fields)}

    def on_field(field: object) -> None:
        found.setdefault(_name(field), getattr(field, "value", None) or b"")

    def on_file(file: object) -> None:
        with file.file_object as content:  # type: ignore[attr-defined]
            content.seek(0)
            found.setdefault(_name(file), content.read())

    try:
        parse_form({"Content-Type": kind.encode()}, BytesIO(body), on_field, on_file)
    except FormParserError as error:
        raise RefusedError(_BAD_REQUEST, f"the form can't be read: {error}") from None
    return found


def _name(field: object) -> str:
    return bytes(getattr(field, "field_name", None) or b"").decode("utf-8", "replace")


def _addresses(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (part.strip().strip("<>") for part in value.split(",")))))
