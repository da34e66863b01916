"""Identifies a person in a tenant: account, name and addresses, with patterns for every form that mails write."""

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
# addresses of other people that look like a sub-address of this person
_OTHERS = text("""
select email from users where email_key ~* :like and id is distinct from :id
union select email from email_aliases where email_key ~* :like and user_id is distinct from :id
    and confirmed_at is not null
""")
_HANDLES = text("select handle from update_recipients where user_id = :id and handle is not null")

#: The fewest words of a name that is searched for in texts: a single word may be an ordinary word ("Mark", "Client").
_WORDS = 2
#: The borders of an address, where no character stands that could be part of it. PostgreSQL reads them as Python does.
_BEFORE, _BEHIND = r"(?<![\w.+%-])", r"(?![\w-]|\.\w)"


@dataclass(frozen=True)
class Identity:
    """A person: their addresses and their account.

    `forms` are the addresses as they are compared and as mails write them, in lower case. `id`, `name` and `role` are
    those of the account; None and empty without an account. `others` are addresses of other people that look like a
    sub-address of theirs. `handles` are those of the reply addresses that they were given.
    """

    forms: tuple[str, ...]
    id: UUID | None = None
    name: str = ""
    role: str = ""
    others: tuple[str, ...] = ()
    handles: tuple[str, ...] = field(default=(), repr=False)

    @property
    def exactly(self) -> str:
        """A regular expression for a field that is an address of theirs, or a sub-address (RFC 5233)."""
        return f"^{self._not_others(behind='$')}(?:{'|'.join(_with_sub(form) for form in self.forms)})$"

    @property
    def within(self) -> str:
        """A regular expression for an address of theirs in a text, also as mail servers rewrite it on the way:
        `ann=example.org` (VERP), `example.org=ann` (SRS)."""
        ways = "|".join(
            way for form in self.forms for written in _written(form) for way in (_on_the_way(written), _turned(written))
        )
        return f"{_BEFORE}{self._not_others(behind=_BEHIND)}(?:{ways}){_BEHIND}"

    @property
    def named(self) -> str:
        """A regular expression for an address or the name of the person in a text."""
        if len(self.name.split()) < _WORDS:
            return self.within
        names = "|".join(rf"(?<!\w){_escape(name)}(?!\w)" for name in _written(self.name))
        return f"{self.within}|{names}"

    def _not_others(self, *, behind: str) -> str:
        """Returns lookaheads that keep the pattern from matching the address of another person."""
        return "".join(rf"(?!{_escape(other)}{behind})" for other in self.others)


def identify(connection: Connection, address: str) -> Identity:
    """Returns the person who has the address in this tenant; for a stranger, the address alone."""
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
    """Returns the addresses as mails write them: by the rule of `email_key`, and with the domain in its own script."""
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
    """Returns the words as they stand in a text and, if that differs, in JSON."""
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
    # in Python and PostgreSQL, a backslash before a character that is no letter or digit means that character
    return re.sub(r"([^\w])", r"\\\1", words)
