"""Reads the notifications of Amazon SES, in JSON, that Amazon SNS sends by mail.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html lists their fields. SNS wraps them in JSON of its
own, unless raw delivery is on, and adds a footer below.
"""

import json
from typing import Any

from schemas.records import Failure
from workers.parse.automatic.detection_input import DetectionInput
from workers.parse.mime.charsets import one_line

COMPLAINT = "Complaint"
_KINDS = ("Bounce", COMPLAINT, "Delivery", "DeliveryDelay")
_MOST_READ = 65_536  # characters
_MOST = 5
_LONGEST_ADDRESS, _LONGEST_WORDS = 254, 300


def kind(mail: DetectionInput) -> str:
    """Returns the kind of notification, "" for any other mail."""
    first = next((line.text.lstrip() for line in mail.lines if line.text.strip()), "")
    if not first.startswith("{"):
        return ""
    return _kind(_notification(mail.whole_text()))


def failures(text: str) -> tuple[Failure, ...] | None:
    """Returns the failures in the text of a notification; None for any other text."""
    found = _notification(text)
    if not _kind(found):
        return None
    permanent = _kind(found) == "Bounce" and _dict(found.get("bounce")).get("bounceType") != "Transient"
    about = _dict(found.get("bounce") or found.get("deliveryDelay"))
    rows = about.get("bouncedRecipients") or about.get("delayedRecipients") or []
    return tuple(_failure(_dict(row), permanent=permanent) for row in (rows if isinstance(rows, list) else [])[:_MOST])


def _failure(row: dict[str, Any], *, permanent: bool) -> Failure:
    code, said = str(row.get("status", "")), str(row.get("diagnosticCode", "")).partition(";")
    words = (said[2] or said[0]).strip()
    return Failure(
        address=one_line(str(row.get("emailAddress", "")), _LONGEST_ADDRESS),
        permanent=permanent,
        words=one_line(words if code[:5] in words else f"{code} {words}", _LONGEST_WORDS),
    )


def _notification(text: str) -> dict[str, Any]:
    start = text.find("{")
    found = _decoded(text[start : start + _MOST_READ]) if start >= 0 and not text[:start].strip() else {}
    return _decoded(found["Message"]) if isinstance(found.get("Message"), str) else found


def _decoded(text: str) -> dict[str, Any]:
    try:
        return _dict(json.JSONDecoder(strict=False).raw_decode(text.lstrip())[0])
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _kind(found: dict[str, Any]) -> str:
    named = found.get("notificationType") or found.get("eventType")
    return named if isinstance(named, str) and named in _KINDS and isinstance(found.get("mail"), dict) else ""
