"""Compares email addresses, and checks whether an address is plain enough for every mail server."""

import re

import idna

# dot-atom "@" domain (RFC 5321 section 4.1.2), in ASCII: every mail server accepts it
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*", re.ASCII)
_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254


def email_key(address: str) -> str:
    """Returns the form in which addresses are compared.

    The domain is in ASCII (IDNA 2008) and lower case, and the local part has its ASCII letters in lower case. Nothing
    else is changed: dots, sub-addresses and look-alike letters stay. Returns "" for a text that is not an address.

        email_key("Ann@Bücher.example") == "ann@xn--bcher-kva.example"
    """
    local, _, written = address.strip().rpartition("@")
    domain = domain_key(written)
    if not local or not domain:
        return ""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in local) + "@" + domain


def domain_key(domain: str) -> str:
    """Returns the domain in ASCII (IDNA 2008) and lower case; "" if it is not allowed or only looks like another."""
    # the Kelvin sign is not the letter k, although its lower case is
    lower = "".join(c.lower() if c.isascii() or not c.lower().isascii() else c for c in domain)
    try:
        # IDNA 2008 without mapping (RFC 5891)
        return lower if lower.isascii() else idna.encode(lower).decode("ascii")
    except idna.IDNAError:
        return ""


def plain_address(wanted: str) -> str | None:
    """Returns the address with its domain in lower-case ASCII; "" for ""; None if it is not a plain address."""
    if not wanted:
        return ""
    local = wanted.rpartition("@")[0]
    domain = email_key(wanted).rpartition("@")[2]
    fits = len(local) <= _LONGEST_LOCAL_PART and len(local) + 1 + len(domain) <= _LONGEST_ADDRESS
    if not fits or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    return f"{local}@{domain}"


def without_sub_address(key: str) -> str:
    """Returns the key of the mailbox behind a sub-address: `ann@x` for `ann+home@x` (RFC 5233 section 1).

    Returns "" for an address without a sub-address, and for a quoted local part, in which a plus may mean anything.
    """
    local, _, domain = key.rpartition("@")
    user, plus, _ = local.partition("+")
    return f"{user}@{domain}" if user and plus and '"' not in local else ""
