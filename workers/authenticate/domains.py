"""Domains: whether they are plain host names, and which of them speak for an author's domain."""

import re
from functools import cache

from dmarc import DKIM, DMARC, DKIMResult, DMARCDisposition, DMARCResult, Policy, RecordSyntaxError
from publicsuffixlist import PublicSuffixList

from cases.addresses.compare import domain_key

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
#: The policy that stands for a missing policy: any domain under the same registered domain is aligned.
_RELAXED = "v=DMARC1; p=none"


def plain(domain: str) -> str:
    """Returns the domain in lower-case ASCII (IDNA 2008), without a final dot.

    It is empty for anything but a host name of two labels or more, and for a public suffix such as `com` or `co.uk`,
    from which no mail comes.

        plain("Mail.Example.")  # "mail.example"
    """
    domain = domain_key(domain.strip().removesuffix("."))
    return domain if _DOMAIN.fullmatch(domain) and not _suffixes().is_public(domain) else ""


def registered(domain: str) -> str:
    """Returns the registered domain that a plain domain is, or lies under (RFC 7489 section 3.2)."""
    return _suffixes().privatesuffix(domain) or domain


def aligned(author: str, voucher: str, policy: Policy | None) -> bool:
    """Returns whether `voucher` speaks for mail of `author`, both as `plain` returns them, by the author domain's
    policy."""
    if not author or not voucher:
        return False
    result = DMARC(_Registered()).get_result(
        policy or read_policy(_RELAXED, author), dkim=DKIM(voucher, DKIMResult.PASS)
    )
    return result.result is DMARCResult.PASS


def read_policy(record: str, author: str) -> Policy:
    """Returns the policy in a DMARC record. Raises `dmarc.RecordSyntaxError` for any other text."""
    policy: Policy = DMARC().parse_record(record, author, strict=False)
    return policy


def policy_of(records: list[str], author: str) -> Policy | None:
    """Returns the policy among the TXT records of a `_dmarc` name; None if no record, or more than one, is a policy
    (RFC 7489 section 6.6.3)."""
    found = []
    for record in records:
        try:
            found.append(read_policy(record, author))
        except RecordSyntaxError:
            continue
    return found[0] if len(found) == 1 else None


def disowns(policy: Policy, *, of_domain_above: bool) -> bool:
    """Returns whether a mail that fails DMARC is disowned: by quarantine or reject (RFC 7489 section 6.3).

    `of_domain_above`: the policy is that of the registered domain above the author's (`sp`). A policy in test mode
    (`t=y` in RFC 9989 section 4.7, before that `pct=0`) counts one step less.
    """
    wanted = policy.sp if of_domain_above and policy.sp is not DMARCDisposition.UNSPECIFIED else policy.p
    if policy.pct == 0:
        return wanted is DMARCDisposition.REJECT
    return wanted in (DMARCDisposition.QUARANTINE, DMARCDisposition.REJECT)


class _Registered:
    """The public suffix list, with the method that `dmarc` calls."""

    def get_public_suffix(self, domain: str) -> str:
        return registered(domain)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
