"""Domains: which are plain, and which speak for an author's."""

import re
from functools import cache

from dmarc import DKIM, DMARC, DKIMResult, DMARCDisposition, DMARCResult, Policy, RecordSyntaxError
from publicsuffixlist import PublicSuffixList

from cases.addresses.compare import domain_key

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}", re.ASCII)
#: What holds for a domain that publishes no policy: any domain under the same registered one is aligned.
_RELAXED = "v=DMARC1; p=none"


def plain(domain: str) -> str:
    """The domain in lower-case ASCII (IDNA 2008), without a final dot; empty for what is no plain host name of two
    labels or more, and for a public suffix such as `com` or `co.uk`, which nobody's mail comes from."""
    domain = domain_key(domain.strip().removesuffix("."))
    return domain if _DOMAIN.fullmatch(domain) and not _suffixes().is_public(domain) else ""


def registered(domain: str) -> str:
    """The registered domain that a plain domain lies under (RFC 7489 section 3.2), or it is itself."""
    return _suffixes().privatesuffix(domain) or domain


def aligned(author: str, voucher: str, policy: Policy | None) -> bool:
    """Whether `voucher` speaks for mail of `author`, both as `plain` gives them, by the author domain's policy."""
    if not author or not voucher:
        return False
    result = DMARC(_Registered()).get_result(
        policy or read_policy(_RELAXED, author), dkim=DKIM(voucher, DKIMResult.PASS)
    )
    return result.result is DMARCResult.PASS


def read_policy(record: str, author: str) -> Policy:
    """The policy in a DMARC record; raises `dmarc.RecordSyntaxError` for what is none."""
    policy: Policy = DMARC().parse_record(record, author, strict=False)
    return policy


def policy_of(records: list[str], author: str) -> Policy | None:
    """The one policy among the TXT records of a `_dmarc` name; None for none or several (RFC 7489 section 6.6.3)."""
    found = []
    for record in records:
        try:
            found.append(read_policy(record, author))
        except RecordSyntaxError:
            continue
    return found[0] if len(found) == 1 else None


def disowns(policy: Policy, *, of_domain_above: bool) -> bool:
    """Whether a mail that fails DMARC is disowned: the policy is quarantine or reject (RFC 7489 section 6.3).

    `of_domain_above`: it was published by the registered domain above the author's (`sp`). A policy that is only tried
    out (`t=y` in RFC 9989 section 4.7, before that `pct=0`) counts one step less.
    """
    wanted = policy.sp if of_domain_above and policy.sp is not DMARCDisposition.UNSPECIFIED else policy.p
    if policy.pct == 0:
        return wanted is DMARCDisposition.REJECT
    return wanted in (DMARCDisposition.QUARANTINE, DMARCDisposition.REJECT)


class _Registered:
    """The public suffix list by the method that `dmarc` calls."""

    def get_public_suffix(self, domain: str) -> str:
        return registered(domain)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
