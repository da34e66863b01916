"""The demo's data: tenants, their people, cases, and the updates that are posted first.

All names are invented and all domains reserved (RFC 2606, RFC 6761).
"""

from dataclasses import dataclass

from schemas.tables import Role

#: Everybody's password in the demo.
PASSWORD = "watch the mail go by"  # noqa: S105  # of invented people


@dataclass(frozen=True)
class TenantSeed:
    """A tenant; the other rows name it by its slug. Its mail domain is a subdomain of `domain`."""

    slug: str
    name: str
    domain: str
    catch_all: str


@dataclass(frozen=True)
class Person:
    """A person who writes mail, and a user of the tenant if one is given."""

    key: str
    name: str
    email: str
    tenant: str = ""
    role: Role = Role.CLIENT


@dataclass(frozen=True)
class CaseSeed:
    """A case; `manager` and `members` are keys of `PEOPLE`."""

    number: str
    title: str
    tenant: str
    manager: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class UpdateSeed:
    """An update that the case manager posts by the form and that goes out to `recipients`."""

    case: str
    text: str
    recipients: tuple[str, ...]


LAW, HOMES, QUAY = "harbour-law", "linden-homes", "quay-mediation"

TENANTS = (
    TenantSeed(LAW, "Harbour Pike Solicitors", "harbourlaw.example", "front-desk@harbourlaw.example"),
    TenantSeed(HOMES, "Linden Row Housing Association", "lindenrow.example", "office@lindenrow.example"),
    TenantSeed(QUAY, "Quay Mediation", "quaymediation.example", "hello@quaymediation.example"),
)

PEOPLE = {
    person.key: person
    for person in (
        Person("ines", "Ines Calder", "ines@harbourlaw.example", LAW, Role.ADMIN),
        Person("tom", "Tom Pike", "tom@harbourlaw.example", LAW, Role.CASE_MANAGER),
        Person("wen", "Wen Okafor", "wen@harbourlaw.example", LAW, Role.STAFF),
        Person("rosa", "Rosa Lindqvist", "rosa@post.example", LAW),
        Person("dev", "Dev Anand", "dev@anandstudio.example", LAW),
        Person("karl", "Karl Brandt", "karl@brandt.example", LAW),
        Person("aiko", "Aiko Mori", "aiko@mori.example", LAW),
        Person("lena", "Lena Falk", "lena@falk.example", LAW),
        Person("nora", "Nora Quist", "nora@lindenrow.example", HOMES, Role.ADMIN),
        Person("mara", "Mara Voss", "mara@lindenrow.example", HOMES, Role.CASE_MANAGER),
        Person("joe", "Joe Tran", "joe@tran.example", HOMES),
        Person("sue", "Sue Bell", "sue@bell.example", HOMES),
        Person("ali", "Ali Haddad", "ali@haddad.example", HOMES),
        Person("otto", "Otto Reyes", "otto@quaymediation.example", QUAY, Role.ADMIN),
        Person("vera", "Vera Stone", "vera@quaymediation.example", QUAY, Role.CASE_MANAGER),
        Person("max", "Max Winter", "max@winter.example", QUAY),
        # users of no tenant
        Person("stranger", "Pat Moss", "pat@elsewhere.example"),
        Person("forger", "Rosa Lindqvist", "rosa.lindqvist@free.invalid"),
        Person("daemon", "Mail Delivery System", "MAILER-DAEMON@mx.haddad.example"),
    )
}

CASES = (
    CaseSeed("H-2041", "Purchase of 14 Mill Lane", LAW, "tom", ("rosa", "dev", "karl", "aiko")),
    CaseSeed("H-2042", "Lease of the boathouse", LAW, "tom", ("lena",)),
    CaseSeed("L-310", "Damp in flat 9", HOMES, "mara", ("joe", "sue", "ali")),
    CaseSeed("Q-8", "The garden fence", QUAY, "vera", ("max",)),
)

#: A phrase of each update that is answered: the answers quote it, and the updates made of them must not contain it.
QUOTED = {LAW: "signing of the contract", HOMES: "surveyor will call", QUAY: "second meeting"}

UPDATES = (
    UpdateSeed(
        "H-2041",
        "Hello all,\n\nthe signing of the contract can take place on Thursday at ten or on Friday at two.\n"
        "Which do you prefer? And please send us a copy of your passport, if you have not done so.\n\nTom Pike",
        ("rosa", "dev", "karl", "aiko"),
    ),
    UpdateSeed(
        "L-310",
        "Good morning,\n\nour surveyor will call next week to look at the damp in the bedroom wall.\n"
        "Is anybody at home on Tuesday? Photos would help us in the meantime.\n\nMara Voss",
        ("joe", "sue", "ali"),
    ),
    UpdateSeed("Q-8", "Dear Max,\n\nshall we fix the second meeting for the 4th?\n\nVera Stone", ("max",)),
)
#: This tenant's admin switches email update replies off once its first update is out. The manager then posts another
#: update: answers to that go to its author.
SWITCHED_OFF, ADMIN_WHEN_OFF, MANAGER_WHEN_OFF = QUAY, "otto", "vera"
UPDATE_WHEN_OFF = UpdateSeed("Q-8", "Dear Max,\n\nplease write to me directly from now on.\n\nVera Stone", ("max",))
