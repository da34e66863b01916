"""How email addresses are compared and what a plain one looks like."""

import re

import idna

# dot-atom "@" domain (RFC 5321 section 4.1.2), in ASCII: every mail server takes it
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)


_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII)


_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254


def email_key(address: str) -> str:
    """The form in which addresses are compared: one written rule.

    The domain in ASCII (IDNA 2008) and lower case, the local part with its ASCII letters in lower case; nothing else
    is folded: no dots, no sub-addresses, no look-alikes. An address that is not one gives the empty string.
    """
    local, _, written = address.strip().rpartition("@")
    domain = domain_key(written)
    if not local or not domain:
        return ""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in local) + "@" + domain


def domain_key(domain: str) -> str:
    """The domain in ASCII and lower case; a look-alike of one is not the domain it looks like, but the empty string."""
    # the Kelvin sign is not the letter k, though it is one in lower case
    lower = "".join(c.lower() if c.isascii() or not c.lower().isascii() else c for c in domain)
    try:
        # IDNA 2008 without mapping (RFC 5891)
        return lower if lower.isascii() else idna.encode(lower).decode("ascii")
    except idna.IDNAError:
        return ""


def plain_address(wanted: str) -> str | None:
    """The address with its domain in lower-case ASCII; empty for none; None for what is not one plain address."""
    if not wanted:
        return ""
    local = wanted.rpartition("@")[0]
    domain = email_key(wanted).rpartition("@")[2]
    fits = len(local) <= _LONGEST_LOCAL_PART and len(local) + 1 + len(domain) <= _LONGEST_ADDRESS
    if not fits or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    return f"{local}@{domain}"


def without_sub_address(key: str) -> str:
    """The `email_key` of the mailbox behind a sub-address: of `ann+home@x`, `ann@x` (RFC 5233 section 1).

    Empty when it has none, and for a quoted local part, in which a plus need not mean that.
    """
    local, _, domain = key.rpartition("@")
    user, plus, _ = local.partition("+")
    return f"{user}@{domain}" if user and plus and '"' not in local else ""
