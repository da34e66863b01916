"""Mails with one plain text, from and to any address, byte by byte."""

from uuid import uuid4

#: A recipient of the update whose address the attacker has, and the attacker.
L, E = "admin@legit.com", "x@evil.com"


def plain_mail(to: str, *fields: str, author: str | None = L, body: str = "Yes, please.") -> bytes:
    """Returns a mail with these header fields in front. Without an `author` no From field is added to them."""
    head = [*fields, *([f"From: {author}"] if author is not None else [])]
    rest = [f"To: {to}", "Subject: Re: A leak", "Date: Wed, 25 Nov 2026 12:00:00 +0000", f"Message-ID: <{uuid4()}@x>"]
    return "\r\n".join([*head, *rest, "", body, ""]).encode()
