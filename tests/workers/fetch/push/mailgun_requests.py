"""Requests as Mailgun signs them."""

import hmac
import time
from uuid import uuid4

KEY = "key-mailgun"


def form(recipient: str, raw: bytes, *, key: str = KEY, age: int = 0) -> dict[str, str]:
    stamp, token = str(int(time.time()) - age), uuid4().hex
    return {
        "timestamp": stamp,
        "token": token,
        "signature": hmac.new(key.encode(), f"{stamp}{token}".encode(), "sha256").hexdigest(),
        "sender": "a@x.example",
        "recipient": recipient,
        "body-mime": raw.decode(),
        "subject": "s",
    }
