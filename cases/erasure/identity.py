"""All that names one person in a tenant: their addresses however a mail writes them, and their account."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import idna
from sqlalchemy import Connection, text

from cases.addresses.compare import email_key
from cases.people.directory import find

_ACCOUNT = text("""
select u.id, u.name, u.email, u.role, u.active,
    coalesce((select array_agg(a.email) from email_aliases a where a.user_id = u.id
        and not exists (select 1 from users o where o.email_key = a.email_key and o.id <> u.id)
        and not exists (select 1 from email_aliases o where o.email_key = a.email_key and o.user_id <> u.id
            and o.confirmed_at is not null)), '{}') as aliases
from users u where u.id = :id
""")
# who has an address of their own that looks like a sub-address of this person's
_OTHERS = text("""
select email from users where email_key ~* :like and id is distinct from :id
union select email from email_aliases where email_key ~* :like and user_id is distinct from :id
    and confirmed_at is not null
""")
_HANDLES = text("select handle from update_recipients where user_id = :id and handle is not null")

#: Words of a name that is looked for in texts: one alone may be any word ("Mark", "Client").
_WORDS = 2
#: What may stand in front of an address, and behind it, without being a part of it. PostgreSQL reads these as Python.
_BEFORE, _BEHIND = r"(?<![\w.+%-])", r"(?![\w-]|\.\w)"


@dataclass(frozen=True)
class Identity:
    """`forms` are the addresses as they are compared and as mails write them, in lower case; `id`, `name` and `role`
    those of the account, None and empty for a person without one; `others` addresses of other people that only look
    like theirs; `handles` those of the reply addresses that they were given."""

    forms: tuple[str, ...]
    id: UUID | None = None
    name: str = ""
    role: str = ""
    others: tuple[str, ...] = ()
    handles: tuple[str, ...] = field(default=(), repr=False)

    @property
    def exactly(self) -> str:
        """A regular expression for a whole field that is an address of theirs, or a sub-address (RFC 5233)."""
        return f"^{self._not_others(behind='$')}(?:{'|'.join(_with_sub(form) for form in self.forms)})$"

    @property
    def within(self) -> str:
        """The same for a text in which one stands, or what mail servers make of it on the way: `ann=example.org`
        (VERP), `example.org=ann` (SRS)."""
        ways = "|".join(
            way for form in self.forms for written in _written(form) for way in (_on_the_way(written), _turned(written))
        )
        return f"{_BEFORE}{self._not_others(behind=_BEHIND)}(?:{ways}){_BEHIND}"

    @property
    def named(self) -> str:
        """The same for a text in which an address stands, or their name."""
        if len(self.name.split()) < _WORDS:
            return self.within
        names = "|".join(rf"(?<!\w){_escape(name)}(?!\w)" for name in _written(self.name))
        return f"{self.within}|{names}"

    def _not_others(self, *, behind: str) -> str:
        """Addresses of other people, ruled out in front of a match."""
        return "".join(rf"(?!{_escape(other)}{behind})" for other in self.others)


def identify(connection: Connection, address: str) -> Identity:
    """Who has the address in this tenant, with all that they have; for a stranger, the address alone."""
    person = find(connection, address)
    if person is None:
        return Identity(_forms([address]), others=_others(connection, _forms([address]), None))
    account = connection.execute(_ACCOUNT, {"id": person.id}).one()
    forms = _forms([address, account.email, *account.aliases])
    return Identity(
        forms,
        account.id,
        account.name,
        account.role,
        _others(connection, forms, account.id),
        tuple(connection.execute(_HANDLES, {"id": account.id}).scalars()),
    )


def _others(connection: Connection, forms: tuple[str, ...], user_id: UUID | None) -> tuple[str, ...]:
    found = connection.execute(_OTHERS, {"like": Identity(forms).exactly, "id": user_id}).scalars()
    return tuple(sorted(email.lower() for email in found))


def _forms(addresses: Sequence[str]) -> tuple[str, ...]:
    """The addresses as mails write them: by the rule of `email_key`, and with the domain in its own letters."""
    forms: set[str] = set()
    for address in addresses:
        key = email_key(address)
        local, _, domain = key.rpartition("@")
        try:
            spelled = f"{local}@{idna.decode(domain)}"
        except idna.IDNAError:
            spelled = key
        forms |= {key, spelled.lower(), address.strip().lower()}
    return tuple(sorted(forms - {"", "@"}))


def _written(words: str) -> list[str]:
    """As it stands in a text, and in JSON, where that is another way."""
    return sorted({words, json.dumps(words, ensure_ascii=False)[1:-1]})


def _with_sub(form: str) -> str:
    local, _, domain = form.rpartition("@")
    return rf"{_escape(local)}(?:\+[^@\s]*)?@{_escape(domain)}"


def _on_the_way(form: str) -> str:
    local, _, domain = form.rpartition("@")
    return rf'{_escape(local)}(?:\+[^@\s=<>"]*)?(?:@|=|%40){_escape(domain)}'


def _turned(form: str) -> str:
    local, _, domain = form.rpartition("@")
    return rf"{_escape(domain)}={_escape(local)}"


def _escape(words: str) -> str:
    # a backslash before what is no letter or digit means that sign itself, for Python and for PostgreSQL
    return re.sub(r"([^\w])", r"\\\1", words)
