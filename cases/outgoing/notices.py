"""Notices: the mail that tells one recipient about an update, as text and HTML, made from the recipient log.

All mails on a case are in one thread: they share the subject, Thread-Index (for Outlook), and the root of References
(for Gmail, Apple Mail, Thunderbird), which is the id of a mail that does not exist. The notice of an answer is below
the notice of the answered update that went to the same recipient.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from email.utils import format_datetime
from html import unescape
from urllib.parse import urlencode
from uuid import UUID

from jinja2 import Environment, PackageLoader, select_autoescape
from sqlalchemy import Connection, RowMapping, text

from cases.addresses.tokens import Address, AddressKind, Keys, write
from cases.files.links import FileLinks, Purpose
from cases.outgoing import templates
from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from cases.outgoing.mime import header, mailbox, multipart, plain_address, text_part, unstructured
from schemas.own_mail import ANSWER_THIS_MAIL, OWN_MAIL_FIELD, REPLY_MARKER, SentUpdate

_TEMPLATES = Environment(loader=PackageLoader("cases"), autoescape=select_autoescape(["html"]), trim_blocks=True)
_BODIES = (("plain", _TEMPLATES.get_template("notice.txt")), ("html", _TEMPLATES.get_template("notice.html")))

_PLACE = "\ue000"  # stands for the text of the update; no notice has it
_TAG = re.compile(r"<[^>]{0,500}>")
_LINK = re.compile(r'<a href="([^"]{1,2000})">([^<]{0,500})</a>')


@dataclass(frozen=True)
class Notice:
    """The facts that the mail to one recipient states. `handle` is None if replies were off: answers go to the author.

    `answered` is the row of the same person in the recipient log of the answered update. `intro` and `footer` are the
    tenant's own texts, empty if it has none. The link to the case contains the update and `tenant_slug`, so that a
    person who must log in first need not know the slug. `unverified`: nothing proved that its author wrote it.
    """

    recipient_id: UUID
    recipient_email: str
    handle: str | None
    tenant_id: UUID
    tenant_name: str
    mail_domain: str
    case_id: UUID
    case_number: str
    case_title: str
    author_name: str
    author_email: str
    text: str
    posted_at: datetime
    files: tuple[str, ...]
    file_ids: tuple[UUID, ...] = ()
    user_id: UUID | None = None
    answered: UUID | None = None
    intro: str = ""
    footer: str = ""
    tenant_slug: str = ""
    update_id: UUID | None = None
    unverified: bool = False


#: The columns of a `Notice` whose `intro` and `footer` are not yet filled, for a condition on r, the recipient log.
# p is the recipient's notice of the answered update; its author got none, but may have a notice (q) of the update that
# it answered
SELECT = """
select r.id as recipient_id, r.email as recipient_email, r.handle, t.id as tenant_id, t.name as tenant_name,
    t.slug as tenant_slug, t.mail_domain, c.id as case_id, c.number as case_number, c.title as case_title,
    u.id as update_id, a.name as author_name, a.email as author_email, u.text, u.posted_at,
    u.unverified,
    array(select f.name from update_files f where f.update_id = u.id order by f.position) as files,
    array(select f.id from update_files f where f.update_id = u.id order by f.position) as file_ids, r.user_id,
    coalesce(p.id, q.id) as answered,
    coalesce((select text from templates where kind = 'notice_intro'), '') as intro,
    coalesce((select text from templates where kind = 'notice_footer'), '') as footer
from update_recipients r
join updates u on u.id = r.update_id join cases c on c.id = u.case_id
join users a on a.id = u.author_id join tenants t on t.id = r.tenant_id
left join updates b on b.id = u.answers
left join update_recipients p on p.update_id = b.id and p.user_id = r.user_id
left join update_recipients q on q.update_id = b.answers and q.user_id = r.user_id
"""
_LOAD = text(f"{SELECT} where r.id = any(:ids)")


def load(connection: Connection, recipient_ids: list[UUID], keys: Keys) -> list[Notice]:
    """Returns the notices of these rows of one tenant's recipient log, with the tenant's own texts filled in."""
    rows = connection.execute(_LOAD, {"ids": recipient_ids}).mappings()
    return filled(connection, [read(row) for row in rows], keys)


def read(row: RowMapping) -> Notice:
    """Returns the notice of a row of `SELECT`, which may have more columns."""
    values = {field.name: row[field.name] for field in fields(Notice)}
    return Notice(**{**values, "files": tuple(row["files"]), "file_ids": tuple(row["file_ids"])})


def filled(connection: Connection, notices: Sequence[Notice], keys: Keys) -> list[Notice]:
    """Returns the notices with the variables in the tenant's own texts replaced by their values."""
    if not any("{{" in notice.intro + notice.footer for notice in notices):
        return list(notices)
    of_case = {id_: templates.values_of_case(connection, keys, id_) for id_ in {n.case_id for n in notices}}
    return [_filled(notice, of_case[notice.case_id] | {"Author.name": notice.author_name}) for notice in notices]


def _filled(notice: Notice, values: Mapping[str, str]) -> Notice:
    intro, footer = (templates.fill(template, values) for template in (notice.intro, notice.footer))
    return replace(notice, intro=intro, footer=footer)


def _files(notice: Notice, links: FileLinks | None) -> list[tuple[str, str]]:
    """Returns the name of each file and the link that opens it; the link is empty without `links`."""
    if links is None or notice.user_id is None:
        return [(name, "") for name in notice.files]
    return [
        (name, links.write(Purpose.MAIL, notice.tenant_id, file_id, notice.user_id))
        for name, file_id in zip(notice.files, notice.file_ids, strict=True)
    ]


def _link_target(notice: Notice) -> str:
    tenant = f"?{urlencode({'tenant': notice.tenant_slug})}" if notice.tenant_slug else ""
    return f"{tenant}#u-{notice.update_id}" if notice.update_id else tenant


def reply_to(notice: Notice, keys: Keys) -> str:
    """Returns the address for answers: the recipient's own reply address, or the author's if replies were off."""
    if notice.handle is None:
        return plain_address(notice.author_email)
    address = Address(AddressKind.REPLY, notice.handle)
    return write(keys, notice.tenant_id, address, notice.case_number, notice.mail_domain)


def envelope_from(notice: Notice, keys: Keys) -> str:
    """Returns the envelope sender: the recipient's reply address, so that a bounce shows which recipient it is about;
    the tenant's address if replies were off."""
    return sender(notice.mail_domain) if notice.handle is None else reply_to(notice, keys)


def sender(mail_domain: str) -> str:
    """Returns the From address of the mails that casemail sends for a tenant."""
    return f"updates@{mail_domain}"


def subject(case_number: str, case_title: str) -> str:
    """Returns the subject of all mails on a case."""
    return unstructured(f"[{case_number}] {case_title}")


def thread(case_id: UUID, mail_domain: str, answered: UUID | None = None) -> tuple[tuple[str, str], ...]:
    """Returns the header fields that put a mail into the thread of its case, below the notice `answered`."""
    root = f"<case.{case_id}@{mail_domain}>"
    above = f"<{answered}@{mail_domain}>" if answered else ""
    return (
        ("In-Reply-To", above or root),
        ("References", f"{root}\r\n {above}" if above else root),
        # [MS-OXOMSG] 2.2.1.3: a reserved octet, five octets of time, the GUID of the conversation
        ("Thread-Index", b64encode(b"\x01" + bytes(5) + case_id.bytes).decode()),
    )


def machine_fields(notice: Notice, keys: Keys) -> tuple[tuple[str, str], ...]:
    """Returns the header fields by which mail programs and casemail know a notice and its place in the thread."""
    return (
        ("Message-ID", f"<{notice.recipient_id}@{notice.mail_domain}>"),
        *thread(notice.case_id, notice.mail_domain, notice.answered),
        # automatic replies skip mailing lists (RFC 5230 section 4.6); Exchange obeys the field after List-Id instead
        ("List-Id", f"<{notice.case_id.hex}.{notice.mail_domain}>"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Auto-Submitted", "auto-generated"),
        (OWN_MAIL_FIELD, write_mark(keys, OwnMail(OwnKind.NOTICE, notice.recipient_id))),
    )


def compose(notice: Notice, keys: Keys, console_url: str, links: FileLinks | None = None) -> bytes:
    """Returns the notice as bytes ready for SMTP (CRLF line ends); each attempt has the same Message-ID.

    With `links`, each file is a link that works for this recipient.
    """
    boundary = f"=_{notice.recipient_id.hex}"
    fields = (
        ("From", mailbox(f"{notice.author_name} ({notice.tenant_name})", sender(notice.mail_domain))),
        ("To", plain_address(notice.recipient_email)),
        ("Reply-To", reply_to(notice, keys)),
        ("Subject", subject(notice.case_number, notice.case_title)),
        ("Date", format_datetime(notice.posted_at)),
        *machine_fields(notice, keys),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    )
    values = _values(notice, console_url, links)
    parts = [text_part(subtype, template.render(values)) for subtype, template in _BODIES]
    return header(fields) + b"\r\n" + multipart(boundary, parts)


def _values(notice: Notice, console_url: str, links: FileLinks | None = None) -> dict[str, object]:
    return {
        "notice": notice,
        "files": _files(notice, links),
        "marker": REPLY_MARKER,
        "answer_this_mail": ANSWER_THIS_MAIL,
        "replies_on": notice.handle is not None,
        "case_url": f"{console_url}/cases/{notice.case_id}{_link_target(notice)}",
    }


def as_sent(notice: Notice, console_url: str) -> SentUpdate:
    """Returns the words of a notice as its recipient got them, in both forms; the links of its files are left out.

    Some mail programs make plain text from HTML with the target of each link in a line below its words, so the words
    below the text are also in this form.
    """
    values = _values(replace(notice, text=_PLACE), console_url)
    plain, rich = (template.render(values) for _, template in _BODIES)
    above, _, below = plain.partition(_PLACE)
    end = rich.partition(_PLACE)[2]
    shown = (unescape(_TAG.sub("", form)).strip() for form in (end, _LINK.sub(r"\2\n\1", end)))
    sender_name = f"{notice.author_name} ({notice.tenant_name})"
    signs = (sender(notice.mail_domain), sender_name, subject(notice.case_number, notice.case_title))
    return SentUpdate(above.strip(), notice.text, "\n".join((below.strip(), *shown)), signs)
