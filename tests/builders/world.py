"""A small world for a test: its own tenant with people and a case, written as the owner of the tables."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr
from sqlalchemy import Connection, Engine, create_engine, insert
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from cases.addresses.compare import email_key
from cases.updates.posting import NewUpdate, Posted, post_update
from schemas.mailboxes import LMTP
from schemas.records import Body, Custody, ParsedMail
from schemas.settings import Settings, environment, load
from schemas.tables import (
    Authentication,
    Batch,
    Case,
    CaseMember,
    Mail,
    MailState,
    Role,
    Source,
    SourceKind,
    Tenant,
    User,
    Via,
    core,
    new_id,
    now,
)
from storage.database import Database

KEYS = (("a", b"a secret of twenty b"),)
SECRETS = (SecretStr("s" * 32),)


@dataclass(frozen=True)
class World:
    """The ids and addresses of a test's tenant; people's addresses are `NAME.SLUG@people.example`."""

    owner_url: str
    tenant_id: UUID
    slug: str
    mail_domain: str
    case_id: UUID
    people: dict[str, UUID]

    def email(self, name: str) -> str:
        """Returns the address of a person."""
        return f"{name}.{self.slug}@people.example"

    def owner(self) -> Engine:
        """Returns an engine that row-level security does not restrict."""
        return _engine(self.owner_url)

    def post(self, database: Database, author: str, *recipients: str, text: str = "What news?") -> UUID:
        """Posts an update of `author` to the people `told`, as the form does. Returns its id."""
        with database.tenant(self.tenant_id) as connection:
            posted = post_update(connection, self.draft(author, *recipients, text=text))
        assert isinstance(posted, Posted)
        return posted.update_id

    def draft(self, author: str, *recipients: str, text: str = "What news?") -> NewUpdate:
        """Returns a new update of `author` to the people `told`, as the form would submit it."""
        return NewUpdate(
            tenant_id=self.tenant_id,
            case_id=self.case_id,
            author_id=self.people[author],
            text=text,
            via=Via.FORM,
            written_at=now(),
            posted_at=now(),
            recipients=tuple(self.people[name] for name in recipients),
        )


PEOPLE = {
    "admin": Role.ADMIN,
    "manager": Role.CASE_MANAGER,
    "staff": Role.STAFF,
    "client": Role.CLIENT,
    "member": Role.CLIENT,
    "archived": Role.CLIENT,
}


def make_world(owner_url: str, authentication: Authentication = Authentication.OFF) -> World:
    """Creates a tenant with a case; client, member and archived are its members, the client outsider is not."""
    slug = uuid4().hex[:12]
    people = {name: new_id() for name in (*PEOPLE, "outsider")}
    world = World(owner_url, new_id(), slug, f"{slug}.example", new_id(), people)
    with world.owner().begin() as connection:
        tenant = Tenant(id=world.tenant_id, slug=slug, name="Tenant", mail_domain=world.mail_domain)
        # most tests are not about the sender of a mail; tests of senders choose `authentication`
        tenant.authentication = authentication
        _insert(connection, tenant)
        for name, person_id in people.items():
            user = User(
                id=person_id,
                tenant_id=world.tenant_id,
                name=name.title(),
                email=world.email(name),
                email_key=email_key(world.email(name)),
                role=PEOPLE.get(name, Role.CLIENT),
                active=name != "archived",
            )
            _insert(connection, user)
        case = Case(
            id=world.case_id, tenant_id=world.tenant_id, number="2026-7", title="A leak", manager_id=people["manager"]
        )
        _insert(connection, case)
        for name in ("client", "member", "archived"):
            _insert(connection, CaseMember(case_id=world.case_id, user_id=people[name], tenant_id=world.tenant_id))
    return world


def _insert(connection: Connection, row: SQLModel) -> None:
    connection.execute(insert(core(type(row))), row.model_dump())


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, pool_size=1)


def make_settings(url: str, folder: Path) -> Settings:
    """Returns complete settings; the blob store is a folder of the test."""
    values = {
        "kafka_servers": "127.0.0.1:1",
        "database_url": url,
        "blob_url": str(folder / "blobs"),
        "address_keys": f"a:{b32encode(KEYS[0][1]).decode()}",
        "session_secret": SECRETS[0].get_secret_value(),
        "database_system_seconds": "30",  # on a busy machine the usual 10 can pass
        "database_connect_seconds": "20",
        "secret_keys": "c2VjcmV0IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU=",
    }
    return load(environment(values))


def batch_of(
    world: World, kind: SourceKind = SourceKind.LMTP, name: str = LMTP, *, of_tenant: bool = False, **options: Any
) -> UUID:
    """Creates a closed batch of a source of this kind and name; by default, LMTP from a trusted peer."""
    find = sql("select id from sources where kind = :kind and name = :name and tenant_id is not distinct from :tenant")
    tenant_id = world.tenant_id if of_tenant else None
    with world.owner().begin() as connection:
        source_id = connection.execute(find, {"kind": kind, "name": name, "tenant": tenant_id}).scalar()
        if source_id is None:
            # an active source would be fetched by the tests of fetching
            active = kind is SourceKind.LMTP
            source = Source(kind=kind, name=name, tenant_id=tenant_id, options=options, active=active)
            source_id = source.id
            _insert(connection, source)
        batch = Batch(source_id=source_id, closed_at=now(), finished_at=now())
        _insert(connection, batch)
    return batch.id


def in_ledger(
    world: World,
    *,
    recipient: str = "",
    raw: str = "raw",
    sender: str = "x@people.example",
    batch_id: UUID | None = None,
) -> Custody:
    """Creates a ledger row of a mail in the topics; returns its record. Without `batch_id` its source is unknown."""
    custody = Custody(
        mail_id=new_id(),
        tenant_id=world.tenant_id,
        raw=raw,
        size=1,
        recipient=recipient or f"someone@{world.mail_domain}",
        sender=sender,
        received_at=now(),
    )
    row = Mail(
        id=custody.mail_id,
        tenant_id=world.tenant_id,
        batch_id=batch_id or new_id(),
        content_key=custody.mail_id.bytes,
        source_ref="test",
        raw=raw,
        size=1,
        recipient=custody.recipient,
        sender=sender,
        received_at=custody.received_at,
        state=MailState.MOVING,
        emitted_at=now(),
        emissions=1,
    )
    with world.owner().begin() as connection:
        _insert(connection, row)
    return custody


def parsed(custody: Custody, author: str, *, text: str = "Yes, please.", **changes: Any) -> ParsedMail:
    """Returns a mail that was parsed without problems."""
    plain = ParsedMail(
        custody=custody,
        author=author,
        author_name="",
        author_problem="",
        to=(),
        cc=(),
        subject="Re: A leak",
        message_id="<1@people.example>",
        in_reply_to="",
        date=datetime(2026, 11, 23, 12, tzinfo=UTC),
        machine=None,
        machine_evidence="",
        body=Body(text=text),
        body_blob="",
        attachments=(),
        defects=(),
    )
    return plain.model_copy(update=changes)
