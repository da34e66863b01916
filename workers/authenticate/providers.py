"""How mail servers and providers report on the sender of a mail.

An edge is the mail server that took a mail from the Internet. What it reports (Authentication-Results, RFC 8601) counts
only where its own fields are the topmost fields: in LMTP from the operator's server, or in a mailbox that it delivers
to.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Edge:
    """How a mail server writes its findings.

    `authserv_id` is a pattern of the name under which it writes; it matches the empty name if the server writes none.
    The topmost `fields` of its fields count, if no hop's Received is between them. `hops` is a pattern of the names of
    the provider's own servers: where given, no Received field above those fields may be from any other server.
    """

    name: str
    authserv_id: re.Pattern[str]
    fields: int = 1
    hops: re.Pattern[str] | None = None


def named(authserv_id: str, fields: int = 1) -> Edge:
    """Returns the edge that writes under exactly this name."""
    return Edge(authserv_id, re.compile(re.escape(authserv_id), re.IGNORECASE), fields)


def _edge(name: str, authserv_id: str, fields: int, hops: str | None = None) -> Edge:
    return Edge(
        name,
        re.compile(authserv_id, re.IGNORECASE),
        fields,
        re.compile(hops, re.IGNORECASE) if hops else None,
    )


_SUB = r"(?:[a-z0-9-]+\.)*"
#: The providers, recognized by the host of a mailbox: a pattern of the host, and how the provider writes its findings.
#: Each rule was read from mails as these providers deliver them; where a provider documents it, the page is named.
PROVIDERS: tuple[tuple[re.Pattern[str], Edge], ...] = tuple(
    (re.compile(hosts, re.IGNORECASE), edge)
    for hosts, edge in (
        # one field, below the Received of its border server; its fields from outside become X-Original-...
        (
            r"(?:imap|pop)\.(?:gmail|googlemail)\.com",
            _edge("Google", r"mx\.google\.com", 1, rf"{_SUB}google\.com|[0-9a-f:]+"),
        ),
        # learn.microsoft.com "Anti-spam message headers": no name; `action=`; fields from outside become ...-Original
        (
            rf"outlook\.office(?:365)?\.com|{_SUB}outlook\.com|imap-mail\.outlook\.com|{_SUB}hotmail\.com",
            _edge("Microsoft", r"", 1, rf"{_SUB}(?:outlook\.com|office365\.com|exchangelabs\.com|hotmail\.com)"),
        ),
        # github.com/fastmail/authentication_milter: several fields on top, those of DMARC not in the first
        (
            rf"{_SUB}(?:fastmail\.com|messagingengine\.com)",
            _edge(
                "Fastmail", rf"{_SUB}messagingengine\.com", 6, rf"{_SUB}(?:messagingengine\.com|internal)|[a-z0-9-]+"
            ),
        ),
        (
            rf"{_SUB}(?:yahoo\.[a-z.]+|aol\.com)",
            _edge("Yahoo", rf"{_SUB}(?:yahoo|aol)\.com", 1, rf"{_SUB}(?:yahoo|aol|yahoodns)\.(?:com|net)|[0-9.]+"),
        ),
        # a field for each method, each under another name
        (
            rf"{_SUB}mail\.me\.com|{_SUB}icloud\.com",
            _edge("iCloud", r"(?:bimi|dmarc|dkim-verifier|spf|arc)\.icloud\.com", 5),
        ),
        (
            r"(?:imap|imappro|pop|poppro)\.zoho(?:cloud)?\.[a-z.]+|(?:imap|pop)\.zohomail\.[a-z.]+",
            _edge("Zoho", r"mx\.zoho(?:mail|cloud)?\.(?:com|eu|in|jp|com\.au|com\.cn|sa|ca)", 1),
        ),
        (r"(?:imap|pop)\.gmx\.(?:net|com|de|at|ch)", _edge("GMX", r"gmx\.(?:net|com)", 1)),
        (r"(?:imap|pop3?)\.web\.de", _edge("web.de", r"web\.de", 1)),
    )
)


def provider(host: str) -> Edge | None:
    """Returns the provider whose mailboxes are at this host; None for a host that is not in the table."""
    return next((edge for hosts, edge in PROVIDERS if hosts.fullmatch(host)), None)
