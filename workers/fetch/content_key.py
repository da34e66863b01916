"""The content key of a mail. Its first 32 bytes are equal for all copies of a mail, by whatever way they arrive."""

import re
from hashlib import sha256

from storage.ledger.copies import DELIVERY_BYTES, RECIPIENT_BYTES

#: Header fields that a hop, a filter or a delivery agent adds to a mail on its way, each with its origin: the same mail
#: by another way, or at another time, differs only in these. Fields that its author's program wrote are never among
#: them, nor is a DKIM signature, which is made before the ways separate.
TRACE_FIELDS: dict[bytes, str] = {
    b"received": "RFC 5321 section 4.4: one a hop",
    b"return-path": "RFC 5321 section 4.4: the final delivery",
    b"received-spf": "RFC 7208 section 9.1: the hop that checked SPF",
    b"authentication-results": "RFC 8601: the hop that checked",
    b"arc-seal": "RFC 8617: each hop that passes on, and its time",
    b"arc-message-signature": "RFC 8617",
    b"arc-authentication-results": "RFC 8617",
    b"delivered-to": "Postfix, qmail, Gmail: the mailbox it was delivered to",
    b"x-delivered-to": "Fastmail and others: the same",
    b"x-original-to": "Postfix: the recipient before aliases",
    b"envelope-to": "Exim: the envelope recipient",
    b"x-envelope-to": "delivery agents: the same",
    b"x-envelope-from": "delivery agents: the envelope sender",
    b"delivery-date": "Exim: the time of delivery",
    b"x-received": "Gmail: its own hops",
    b"x-gm-message-state": "Gmail: set again by each of its hops",
    b"x-google-smtp-source": "Gmail: the hop it came in by",
    b"x-google-dkim-signature": "Gmail: signed again by each of its hops",
    b"x-forwarded-to": "Gmail: a forwarding rule",
    b"x-forwarded-for": "Gmail: a forwarding rule",
    b"x-originating-ip": "web mail and Exchange: the client's address as a hop saw it",
    b"x-spam-[a-z-]+": "SpamAssassin, rspamd: the verdict of a filter at its time",
    b"x-spamd-[a-z-]+": "rspamd",
    b"x-rspamd-[a-z-]+": "rspamd",
    b"x-virus-[a-z-]+": "amavis, clamav-milter: the verdict of a scanner",
    b"x-ms-exchange-[a-z0-9-]+": "Exchange Online: the way through its own servers, removed or added at its borders",
    b"x-microsoft-antispam[a-z-]*": "Exchange Online: the verdict of its filter",
    b"x-forefront-antispam-report[a-z-]*": "Exchange Online: the same",
    b"x-eop[a-z-]+": "Exchange Online Protection: the tenant it came through",
    b"x-ses-[a-z-]+": "Amazon SES: its receipt and verdicts",
    b"x-mailgun-[a-z-]+": "Mailgun: its variables, verdicts and hop",
    b"status": "mbox and mail programs: read or not",
    b"x-status": "mbox and mail programs: flags",
    b"x-uid": "mbox, Dovecot: the number in that mailbox",
    b"x-keywords": "Dovecot: flags",
    b"content-length": "mbox (mboxcl): counted again when it is stored",
    b"lines": "mbox: the same",
}

_TRACE = re.compile(
    rb"^(?:" + b"|".join(TRACE_FIELDS) + rb")[ \t]*:[^\n]*\n(?:[ \t][^\n]*(?:\n|\Z))*", re.IGNORECASE | re.MULTILINE
)
#: Trace fields that the mailbox itself writes, and changes between fetches of the same delivery. They count only
#: in the form in which mailboxes write them, and at most _MOST_STORED: any other field makes a different delivery.
_STORED = re.compile(
    rb"^(?:status|x-status|x-uid|x-keywords|content-length|lines): [ -~]{0,900}\n(?![ \t])",
    re.IGNORECASE | re.MULTILINE,
)
_MOST_STORED = 6
#: The line with envelope sender and time that mboxes and some agents put before a mail (RFC 4155).
_FROM_LINE = re.compile(rb"\AFrom [^\n]*\n")
#: Most octets of header that are kept of a mail that is too large.
_MOST_HEADER = 256 * 1024


def content_key(raw: bytes, recipient: str, sender: str, whole_size: int = 0) -> bytes:
    """Returns the key of a mail. It joins the SHA-256 of the mail without its trace fields, the first octets of the
    SHA-256 of its delivery (header and envelope sender), and the first octets of the SHA-256 of its recipient.

    So the copies of a mail sort together, and among them the copies of one delivery. A mail is taken once for each
    delivery and recipient; the same mailbox fetched again gives the same keys. Another delivery has another key,
    because anybody who had a copy may have altered it: how it ends decides nothing for other deliveries until it posts.

    Line ends don't count: a Maildir has LF where LMTP has CRLF. If `raw` is only the header, the size of the body
    counts, too: another body under the same header and Message-ID most likely has another size."""
    text = _FROM_LINE.sub(b"", raw.replace(b"\r\n", b"\n"))
    header, blank, body = text.partition(b"\n\n")
    header += b"\n"
    plain = _TRACE.sub(b"", header) + blank + body
    if whole_size:
        plain += b"\0%d" % (whole_size - len(raw))
    delivery = sha256(_octets(sender) + b"\0" + _STORED.sub(b"", header, count=_MOST_STORED))
    whose = sha256(_octets(recipient.lower()))
    return sha256(plain).digest() + delivery.digest()[:DELIVERY_BYTES] + whose.digest()[:RECIPIENT_BYTES]


def _octets(address: str) -> bytes:
    return address.encode("utf-8", "surrogatepass")


def header_of(raw: bytes) -> bytes:
    """Returns the header of a mail with the blank line after it: all that is kept of a mail that is too large. A
    header that is too large itself is cut."""
    ends = [at + len(blank) for blank in (b"\r\n\r\n", b"\n\n") if (at := raw.find(blank, 0, _MOST_HEADER)) >= 0]
    return raw[: min(ends, default=_MOST_HEADER)]
