"""Mails of random structure: nested parts with any fields, clashing boundaries, and missing ends."""

import tracemalloc

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import relative_cost
from tests.builders.reading_invariants import check_reading
from tests.builders.small_mails import FROM

COST = 80  # units, see tests.builders.relative_cost, for a mail of at most some KB
BYTES = 50_000_000

_TYPES = (
    *("text/plain", "text/html", "text/calendar; method=REPLY", "application/pdf; name=a.pdf", "message/rfc822"),
    *("message/delivery-status", "application/pkcs7-mime", "application/ms-tnef", "text/rfc822-headers", "image/png"),
    *("multipart", "multipart/mixed", "", "/", "text/plain; format=flowed; delsp=yes", "TEXT/PLAIN; charset=utf-7"),
)
_KINDS = ("mixed", "alternative", "related", "report", "signed", "encrypted", "digest", "x", "report; report-type=x")
_FIELDS = (
    *(
        "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable",
        "Content-Disposition: inline",
    ),
    *("Content-Disposition: attachment; filename=a.pdf", "Content-ID: <p>", "Content-Transfer-Encoding: x-uuencode"),
    *("Content-Type: text/html", "X-Failed-Recipients: a@b.example", "Subject: =?utf-8?b?4pyT?=", "MIME-Version: 1.0"),
    *("Auto-Submitted: auto-replied", "List-Id: <a.b>", "From: x@y.example", "Date: Fri, 3 May 2024 10:00:00 +0200"),
)
_BODIES = (
    *(
        "Yes.",
        "",
        "> quoted",
        "On 3 May 2024 Anna wrote:\n> a",
        "<p>Yes.</p>",
        "R3LDvMOfZQ==",
        "=C3=BC=\n",
        "--b",
        "--b--",
    ),
    *(
        "Final-Recipient: rfc822; a@b.example\nAction: failed\n",
        "550 5.1.1 <a@b.example>",
        "begin 644 a\n#0V%T\n`\nend",
    ),
)

fields = st.lists(st.sampled_from(_FIELDS), max_size=3)
leaf = st.builds(
    lambda kind, more, body: (
        (f"Content-Type: {kind}\n" if kind else "") + "".join(f"{one}\n" for one in more) + f"\n{body}\n"
    ),
    st.sampled_from(_TYPES),
    fields,
    st.sampled_from(_BODIES) | st.text(max_size=40),
)


def _container(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Returns a strategy for a multipart of these parts, which may lack its end. There are only three boundaries: often
    an inner multipart has the boundary of an outer multipart."""

    def build(kind: str, boundary: str, inner: list[str], more: list[str], closed: bool) -> str:
        body = "".join(f"--{boundary}\n{one}" for one in inner)
        head = "".join(f"{one}\n" for one in more)
        return f"Content-Type: multipart/{kind}; boundary={boundary}\n{head}\n{body}" + (f"--{boundary}--\n" * closed)

    return st.builds(
        build, st.sampled_from(_KINDS), st.sampled_from("bcd"), st.lists(parts, max_size=4), fields, st.booleans()
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.recursive(leaf, _container, max_leaves=25), st.sampled_from(["\n", "\r\n"]))
def test_a_mail_of_any_structure_has_a_record_at_bounded_cost_and_memory(structure: str, end: str) -> None:
    raw = f"{FROM}\n{structure}".replace("\n", end).encode("utf-8", "surrogatepass")
    tracemalloc.start()
    try:
        relative_cost.at_most(COST, lambda: check_reading(raw))
        assert tracemalloc.get_traced_memory()[1] < BYTES
    finally:
        tracemalloc.stop()
