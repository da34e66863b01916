"""The authenticate stage: checks whether a mail comes from its author's domain."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from cases.addresses.tokens import Keys, read
from schemas.reasons import Reason
from schemas.records import ParsedMail, Proof, ProofOrder, Verdict
from storage.resources import Resources
from workers.authenticate import arc, auth_results, coverage, dkim_check, policies
from workers.authenticate.auth_results import Word
from workers.authenticate.dkim_check import Signature
from workers.authenticate.dns_lookup import Names, NoAnswerError
from workers.authenticate.domains import aligned, plain
from workers.authenticate.rfc8601 import Result, shown
from workers.authenticate.trusted_servers import Trusted, trusted_for
from workers.errors import TransientError
from workers.parse.limits import Limits, of_settings

#: How far before and after its arrival the Date of a mail may be: an older mail may be sent again by somebody else.
OLDEST, EARLIEST = timedelta(days=5), timedelta(days=1)
_HEADER_OCTETS = 256 * 1024


def authenticate(order: ProofOrder, resources: Resources) -> ParsedMail:
    """Returns the mail with the proof of its sender: whether it comes from its author's domain.

    Raises `TransientError` when that can't be found out now, and the mail must not post without it.
    """
    raw = resources.blobs.get(order.custody.raw)
    return order.parsed.model_copy(update={"proof": prove(raw, order, resources)})


def give_up(order: ProofOrder, error: Exception) -> ParsedMail | None:
    """Returns the mail as not verified, if no retry could check it and the tenant lets such mail post; else None."""
    waited_for_names = isinstance(error, TransientError) and error.reason is Reason.SENDER_NOT_CHECKED
    if order.must_know or not waited_for_names:
        return None
    proof = Proof(verdict=Verdict.UNKNOWN, evidence={"no answer": str(error)})
    return order.parsed.model_copy(update={"proof": proof})


def prove(raw: bytes, order: ProofOrder, resources: Resources) -> Proof:
    """Returns the proof of a mail with these bytes; raises as `authenticate` does."""
    mail, settings = order.parsed, resources.settings
    try:
        found = _Mail(
            raw=raw,
            parsed=mail,
            author=plain(mail.author.rpartition("@")[2]),
            limits=of_settings(settings),
            names=Names(settings.authentication.dns_servers),
        )
        proof = by_edge(found, trusted_for(resources, mail.custody.mail_id, found.author))
        if proof.verdict in (Verdict.NOT_PROVEN, Verdict.DISOWNED) and order.sealers:
            proof = by_forwarder(found, order.sealers, proof)
    except NoAnswerError as error:
        if order.may_wait:
            raise TransientError(str(error), reason=Reason.SENDER_NOT_CHECKED) from error
        proof = Proof(verdict=Verdict.UNKNOWN, evidence={"no answer": str(error)})
    if proof.verdict is Verdict.PROVEN and (shown_again := _shown_again(mail, settings.secrets.address_keys)):
        proof = _not_proven(proof.evidence, shown_again)
    return proof


@dataclass(frozen=True)
class _Mail:
    """A mail whose sender is checked: `author` is the author's domain as `plain` returns it."""

    raw: bytes
    parsed: ParsedMail
    author: str
    limits: Limits
    names: Names

    @property
    def header(self) -> Message:
        """The header of the mail, without limits on its values."""
        return BytesHeaderParser(policy=compat32).parsebytes(self.raw[:_HEADER_OCTETS])


def by_edge(mail: _Mail, trusted: Trusted) -> Proof:
    """Returns the proof by the report of a trusted mail server or provider; without a report, the proof by signature.
    Raises `NoAnswerError`."""
    results = trusted.found
    if results is None and trusted.edge is not None:
        results = auth_results.results(mail.header, trusted.edge)
    if results is None:
        proof = by_signature(mail)
        words = {"mail server": f"{trusted.name} wrote no Authentication-Results"} if trusted.edge else {}
        return _with_evidence(proof, {**words, **proof.evidence})
    evidence = {"mail server": f"{trusted.name} says {shown(results)}"[:500]}
    said = auth_results.word(results, mail.author)
    if said is Word.COULD_NOT:
        return Proof(verdict=Verdict.UNKNOWN, evidence=evidence)
    if said is Word.VOUCHES:
        return _covered(mail, results, evidence)
    if said is Word.FAILS and policies.disowned(mail.author, mail.names, results):
        return Proof(verdict=Verdict.DISOWNED, evidence=evidence)
    return Proof(verdict=Verdict.NOT_PROVEN, evidence=evidence)


def by_signature(mail: _Mail) -> Proof:
    """Returns the proof by DKIM, with the author domain's policy. Raises `NoAnswerError`.

    Without a signature that counts, the mail is disowned if the policy is quarantine or reject. Whether SPF
    passed is not known here, and does not matter: a domain with such a policy must sign (RFC 9989, on p=reject).
    """
    found = dkim_check.check(mail.raw, mail.names)
    evidence = {"signatures": "; ".join(map(_words, found))[:500] or "there is none"}
    policy = policies.find(mail.author, mail.names)
    of_author = [
        signature for signature in found if signature.valid and aligned(mail.author, signature.domain, policy.record)
    ]
    if not of_author:
        if policy.disowns:
            return Proof(verdict=Verdict.DISOWNED, evidence={**evidence, "policy": policy.words})
        loosely = any(signature.valid and aligned(mail.author, signature.domain, None) for signature in found)
        problem = "the author's domain asks for its very own signature (DMARC adkim=s)" if loosely else ""
        return _not_proven(evidence, problem)
    good = [signature for signature in of_author if not signature.problem and signature.covers_recipients]
    return _by_one_of(mail, good, evidence) if good else _not_proven(evidence)


def by_forwarder(mail: _Mail, sealers: Sequence[str], failed: Proof) -> Proof:
    """Returns the proof by a forwarder that the tenant trusts, in place of the proof that `failed`. Raises
    `NoAnswerError`."""
    chain = arc.check(mail.raw, sealers, mail.names)
    if chain is None:
        return failed
    if chain.problem:
        words = f"the chain of {chain.sealer or 'nobody'} does not count: {chain.problem}"
        return _with_evidence(failed, {**failed.evidence, "forwarder": words})
    evidence = {**failed.evidence, "forwarder": f"{chain.sealer} sealed that it had {shown(chain.results)}"[:500]}
    if auth_results.word(chain.results, mail.author) is not Word.VOUCHES:
        return _with_evidence(failed, evidence)
    seal = Signature(chain.sealer, "", True, chain.covered, True, chain.known_by)
    return _by_one_of(mail, [seal], evidence)


def _covered(mail: _Mail, results: Sequence[Result], evidence: dict[str, str]) -> Proof:
    """Returns the proof of a mail that a server vouches for. If SPF passed, the author's domain sent the mail as it is.
    If only DKIM passed, the proof is limited to what the signature covers: anybody can send the mail on with it."""
    mine = [
        (signature, tags)
        for signature, tags in dkim_check.written(mail.raw)
        if aligned(mail.author, signature.domain, None)
    ]
    passed = auth_results.by_dkim(results, mail.author)
    if passed:
        mine = [(signature, tags) for signature, tags in mine if any(_is(result, tags) for result in passed)]
    meant = [signature for signature, _ in mine]
    # where DMARC passes without a signature, SPF has passed
    if auth_results.by_spf(results, mail.author) or not (meant or passed):
        return Proof(verdict=Verdict.PROVEN, evidence=evidence, signatures=_known(meant))
    if not meant:
        return _not_proven(evidence, "the signature that it means is not in the mail")
    weak = next((signature for signature in meant if signature.problem or not signature.covers_recipients), None)
    if weak is not None:
        return _not_proven(evidence, f"its signature does not count: {_words(weak)}")
    return _by_all_of(mail, meant, evidence)


def _by_one_of(mail: _Mail, good: Sequence[Signature], evidence: dict[str, str]) -> Proof:
    """Returns the proof by valid signatures, one of which must cover how the mail is read."""
    problems = [coverage.problem(mail.raw, mail.parsed.custody, signature.covered, mail.limits) for signature in good]
    if all(problems):
        return Proof(verdict=Verdict.NOT_COVERED, evidence={**evidence, "problem": problems[0]})
    return Proof(verdict=Verdict.PROVEN, evidence=evidence, signatures=_known(good))


def _by_all_of(mail: _Mail, meant: Sequence[Signature], evidence: dict[str, str]) -> Proof:
    """Returns the proof by signatures, at least one of which is valid: what all of them cover must be enough."""
    covered = frozenset.intersection(*(signature.covered for signature in meant))
    proof = _by_one_of(mail, [replace(meant[0], covered=covered)], evidence)
    known = _known(meant) if proof.verdict is Verdict.PROVEN else ()
    return proof.model_copy(update={"signatures": known})


def _is(result: Result, tags: dict[str, str]) -> bool:
    """Returns whether this result is about the signature with these tags."""
    begin, selector = result.properties.get("header.b", ""), result.properties.get("header.s", "")
    return tags["b"].startswith(begin) and selector.lower() in ("", tags["s"].lower())


def _known(found: Sequence[Signature]) -> tuple[str, ...]:
    return tuple(sorted({signature.known_by for signature in found if signature.known_by}))


def _with_evidence(proof: Proof, evidence: dict[str, str]) -> Proof:
    """Returns the same verdict with other evidence."""
    return proof.model_copy(update={"evidence": evidence})


def _not_proven(evidence: dict[str, str], problem: str = "") -> Proof:
    more = {"problem": problem} if problem else {}
    return Proof(verdict=Verdict.NOT_PROVEN, evidence={**evidence, **more})


def _words(signature: Signature) -> str:
    unsigned = "it does not sign To and Cc" if signature.valid and not signature.covers_recipients else ""
    return f"{signature.domain or 'no domain'}: {signature.problem or unsigned or 'valid'}"


def _shown_again(mail: ParsedMail, keys: Keys) -> str:
    """Returns a sign that somebody other than its author sent us this genuine mail; empty without a sign.

    A signature stays valid for anybody who has the mail, so the mail must be recent and addressed to us.
    """
    custody = mail.custody
    opens = [read(keys, custody.tenant_id, address.rpartition("@")[0]) for address in (*mail.to, *mail.cc)]
    if read(keys, custody.tenant_id, custody.recipient.rpartition("@")[0]) not in opens:
        return "our address is neither in To nor in Cc"
    if mail.date is None:
        return "there is no Date"
    if not custody.received_at - OLDEST <= mail.date <= custody.received_at + EARLIEST:
        return f"its Date, {mail.date.isoformat()}, is not that of its arrival"
    return ""
