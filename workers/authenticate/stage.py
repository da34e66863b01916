"""The authenticate stage."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32

from cases.addresses import Keys, read
from schemas.reasons import Reason
from schemas.records import ParsedMail, Proof, ProofOrder, Verdict
from schemas.settings import Settings
from workers.authenticate import arc, edge, signatures
from workers.authenticate.domains import aligned, plain, policy_of, registered
from workers.authenticate.names import Names, NoAnswerError
from workers.errors import Transient
from workers.house import House

#: How far before and after its arrival the Date of a mail may lie: an old one is shown again by somebody.
OLDEST, EARLIEST = timedelta(days=5), timedelta(days=1)
_HEADER_OCTETS = 256 * 1024


def authenticate(order: ProofOrder, house: House) -> ParsedMail:
    """Finds out whether the mail comes from its author's domain, and gives it back with the proof.

    Raises `Transient` when that can't be found out now and decides whether the mail posts.
    """
    raw = house.blobs.get(order.custody.raw)
    return order.parsed.model_copy(update={"proof": prove(raw, order, house.settings)})


def prove(raw: bytes, order: ProofOrder, settings: Settings) -> Proof:
    """The proof of a mail with these bytes; raises as `authenticate` does."""
    mail, names = order.parsed, Names(settings.dns_servers)
    try:
        proof = by_edge(raw, mail, settings.authserv_id) if settings.authserv_id else by_signature(raw, mail, names)
        if proof.verdict is Verdict.NOT_PROVEN and order.sealers:
            proof = by_forwarder(raw, mail, order.sealers, names, proof)
    except NoAnswerError as error:
        if order.may_wait:
            raise Transient(str(error), reason=Reason.SENDER_NOT_CHECKED) from error
        proof = Proof(verdict=Verdict.UNKNOWN, evidence={"no answer": str(error)})
    if proof.verdict is Verdict.PROVEN and (shown_again := _shown_again(mail, settings.address_keys)):
        proof = Proof(verdict=Verdict.NOT_PROVEN, evidence={**proof.evidence, "problem": shown_again})
    return proof


def by_edge(raw: bytes, mail: ParsedMail, authserv_id: str) -> Proof:
    """The proof by the word of the mail server in front of us."""
    header = BytesHeaderParser(policy=compat32).parsebytes(raw[:_HEADER_OCTETS])
    found = edge.results(header, authserv_id)
    if found is None:
        words = f"it wrote no Authentication-Results as {authserv_id}"
        return Proof(verdict=Verdict.UNKNOWN, evidence={"mail server": words})
    verdicts = {True: Verdict.PROVEN, False: Verdict.NOT_PROVEN, None: Verdict.UNKNOWN}
    verdict = verdicts[edge.vouches(found, plain(mail.author.rpartition("@")[2]))]
    return Proof(verdict=verdict, evidence={"mail server": f"{authserv_id} says {edge.shown(found)}"[:500]})


def by_signature(raw: bytes, mail: ParsedMail, names: Names) -> Proof:
    """The proof by DKIM, with the author domain's policy; raises `NoAnswerError`."""
    author = plain(mail.author.rpartition("@")[2])
    found = signatures.check(raw, names)
    evidence = {"signatures": "; ".join(map(_words, found))[:500] or "there is none"}
    good = [one for one in found if not one.problem and one.covers_recipients and aligned(author, one.domain, None)]
    if not good:
        return Proof(verdict=Verdict.NOT_PROVEN, evidence=evidence)
    policies = (policy_of(names.texts(f"_dmarc.{name}"), author) for name in _policy_names(author))
    policy = next((one for one in policies if one is not None), None)
    if not any(aligned(author, one.domain, policy) for one in good):
        problem = {"problem": "the author's domain asks for its very own signature (DMARC adkim=s)"}
        return Proof(verdict=Verdict.NOT_PROVEN, evidence={**evidence, **problem})
    return Proof(verdict=Verdict.PROVEN, evidence=evidence)


def by_forwarder(raw: bytes, mail: ParsedMail, sealers: Sequence[str], names: Names, failed: Proof) -> Proof:
    """The proof by the word of a forwarder whom the tenant trusts, in place of one that `failed`; raises
    `NoAnswerError`."""
    chain = arc.check(raw, sealers, names)
    if chain is None:
        return failed
    if chain.problem:
        words = f"the chain of {chain.sealer or 'nobody'} does not count: {chain.problem}"
        return Proof(verdict=Verdict.NOT_PROVEN, evidence={**failed.evidence, "forwarder": words})
    evidence = {**failed.evidence, "forwarder": f"{chain.sealer} sealed that it had {edge.shown(chain.results)}"[:500]}
    vouched = edge.vouches(chain.results, plain(mail.author.rpartition("@")[2]))
    return Proof(verdict=Verdict.PROVEN if vouched else Verdict.NOT_PROVEN, evidence=evidence)


def _policy_names(author: str) -> Iterator[str]:
    yield author
    if registered(author) != author:
        yield registered(author)


def _words(signature: signatures.Signature) -> str:
    problem = signature.problem or ("" if signature.covers_recipients else "it does not sign To and Cc")
    return f"{signature.domain or 'no domain'}: {problem or 'valid'}"


def _shown_again(mail: ParsedMail, keys: Keys) -> str:
    """Why a genuine mail may have been sent to us by somebody else than its author; empty when it was not.

    A signature holds for ever and for whoever has the mail, so it must have been written to us, and lately.
    """
    custody = mail.custody
    opens = [read(keys, custody.tenant_id, address.rpartition("@")[0]) for address in (*mail.to, *mail.cc)]
    if read(keys, custody.tenant_id, custody.recipient.rpartition("@")[0]) not in opens:
        return "our address stands neither in To nor in Cc"
    if mail.date is None:
        return "there is no Date"
    if not custody.received_at - OLDEST <= mail.date <= custody.received_at + EARLIEST:
        return f"its Date, {mail.date.isoformat()}, is not that of its arrival"
    return ""
