"""The identity of a cluster: an id, fingerprints of its keys, and a mark that its blob store holds, too.

A process with another key, another topic prefix or another blob store would refuse or lose good mail without an error.
So each process compares its settings with the identity before it begins. The first process writes it.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import scrypt
from uuid import UUID

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.settings import PREFIX, Settings
from schemas.tables import new_id
from storage.blobs.store import BlobMissingError, Blobs

#: What goes wrong in a process that lacks a key, by the setting of the key.
LACKING = {
    "ADDRESS_KEYS": "it would take good answers for mail to unknown addresses",
    "SECRET_KEYS": "it could not open the passwords of mailboxes",
    "SESSION_SECRET": "it would end log-ins, and refuse links that were mailed",
}
#: The work for a fingerprint (RFC 7914): a session secret may be a phrase that somebody made up, so guesses must cost.
_WORK = {"n": 1 << 12, "r": 8, "p": 1, "dklen": 8}

_READ = text("select id, topic_prefix, keys, blob_mark from cluster_identity")
_BEGIN = text("""
insert into cluster_identity (single, id, created_at, topic_prefix, keys)
values (true, :id, now(), :topic_prefix, '{}') on conflict do nothing
""")
_LOCK = text("select id, topic_prefix, keys, blob_mark from cluster_identity for update")
_WRITE = text("update cluster_identity set topic_prefix = :topic_prefix, keys = :keys, blob_mark = :mark").bindparams(
    bindparam("keys", type_=JSONB)
)
# a blob store with none of the originals is not the one that the ledger speaks of
_NEWEST = text("""
select raw from mails where raw_deleted_by = '' and duplicate_of is null and raw <> '' order by id desc limit 1
""")


@dataclass(frozen=True)
class Identity:
    """The identity as the database has it; `keys` has the fingerprints of the required keys by setting."""

    id: UUID
    topic_prefix: str
    keys: Mapping[str, list[str]]
    blob_mark: UUID | None


def read(connection: Connection) -> Identity | None:
    """Returns the identity, None before the first process began; `connection` has the system role."""
    row = connection.execute(_READ).first()
    return None if row is None else Identity(*row)


def fingerprints(settings: Settings, cluster_id: UUID) -> dict[str, list[str]]:
    """Returns the fingerprints of the keys of the settings, by setting, each in the order of its keys."""
    secrets = settings.secrets
    keys = {
        "ADDRESS_KEYS": [key_id.encode() + secret for key_id, secret in secrets.address_keys],
        "SECRET_KEYS": [key.get_secret_value().encode() for key in secrets.secret_keys],
        "SESSION_SECRET": [secret.get_secret_value().encode() for secret in secrets.session_secret],
    }
    salt = cluster_id.bytes
    return {
        name: [scrypt(key, salt=salt + name.encode(), **_WORK).hex() for key in of_setting]
        for name, of_setting in keys.items()
    }


def compare(identity: Identity, settings: Settings) -> list[str]:
    """Returns a sentence for each way in which the settings do not fit the cluster. More keys than needed are fine."""
    mine = fingerprints(settings, identity.id)
    problems = [
        f"{PREFIX}{name} lacks the key with the fingerprint {fingerprint}, which this cluster uses: {LACKING[name]}. "
        "Set the keys of the cluster; to retire that key, run `casemail cluster accept` with the new settings."
        for name, needed in identity.keys.items()
        for fingerprint in needed
        if fingerprint not in mine.get(name, ())
    ]
    if settings.topics.prefix != identity.topic_prefix:
        problems.append(
            f"{PREFIX}TOPIC_PREFIX is {settings.topics.prefix!r}, and this cluster's topics begin with "
            f"{identity.topic_prefix!r}. Set that; to change it, run `casemail cluster accept` with the new settings."
        )
    return problems


def compare_blobs(identity: Identity, blobs: Blobs) -> list[str]:
    """Returns a sentence if the blob store is not the cluster's. Raises `BlobStoreError`, `OSError`."""
    try:
        mark = blobs.marked_for()
    except BlobMissingError as error:
        return [f"{error}. Restore that file, or run `casemail cluster accept`."]
    if mark == identity.blob_mark:
        return []
    whose = "has no mark of this cluster" if mark is None else "belongs to another cluster, or did before it was moved"
    return [
        (
            f"{PREFIX}BLOB_URL names a blob store that {whose}. Mount or share the cluster's blob store here; if it "
            "was moved or restored, run `casemail cluster accept`."
        )
    ]


def begin(connection: Connection, settings: Settings, blobs: Blobs | None = None) -> list[str]:
    """Writes what is not written yet: the id, fingerprints of a first key and, with `blobs`, the mark there.

    Returns a sentence for each way in which the settings, or `blobs`, do not fit the cluster; then it writes no more.
    `connection` has the system role. Raises `BlobStoreError`, `OSError`.
    """
    found = read(connection)
    if found is None:
        connection.execute(_BEGIN, {"id": new_id(), "topic_prefix": settings.topics.prefix})
    elif not _incomplete(found, settings, blobs):
        return compare(found, settings) + (compare_blobs(found, blobs) if blobs else [])
    identity = Identity(*connection.execute(_LOCK).one())
    problems = compare(identity, settings)
    if blobs:
        problems += compare_blobs(identity, blobs) if identity.blob_mark else _foreign(connection, identity, blobs)
    if not problems:
        mine = fingerprints(settings, identity.id)
        keys = {name: identity.keys.get(name) or mine[name] for name in mine}
        _write(connection, identity.topic_prefix, keys, _marked(identity, blobs) if blobs else identity.blob_mark)
    return problems


def accept(connection: Connection, settings: Settings, blobs: Blobs) -> None:
    """Makes the keys, topic prefix and blob store of these settings those of the cluster.

    `connection` has the system role. Raises `BlobStoreError`, `OSError`.
    """
    connection.execute(_BEGIN, {"id": new_id(), "topic_prefix": settings.topics.prefix})
    identity = Identity(*connection.execute(_LOCK).one())
    _write(connection, settings.topics.prefix, fingerprints(settings, identity.id), _marked(identity, blobs))


def newest_original(connection: Connection) -> str | None:
    """Returns the blob key of the newest mail whose original is kept, None without any."""
    found: str | None = connection.execute(_NEWEST).scalar()
    return found


def _incomplete(identity: Identity, settings: Settings, blobs: Blobs | None) -> bool:
    given = {"ADDRESS_KEYS", "SESSION_SECRET"} | ({"SECRET_KEYS"} if settings.secrets.secret_keys else set())
    return (blobs is not None and identity.blob_mark is None) or any(not identity.keys.get(name) for name in given)


def _foreign(connection: Connection, identity: Identity, blobs: Blobs) -> list[str]:
    """Returns a sentence if a blob store without our mark can't be the one that the ledger speaks of."""
    mark = blobs.marked_for()
    if mark is not None:
        return compare_blobs(identity, blobs)
    newest = newest_original(connection)
    try:
        if newest is not None:
            blobs.get(newest)
    except BlobMissingError:
        return [
            (
                f"{PREFIX}BLOB_URL names a blob store without the newest mail of the ledger. Mount or share the "
                "cluster's blob store here; if that mail is lost, run `casemail cluster accept`."
            )
        ]
    return []


def _marked(identity: Identity, blobs: Blobs) -> UUID:
    """Returns the mark of the blob store; one without the cluster's gets a new one, which its former store lacks."""
    with suppress(BlobMissingError):
        if identity.blob_mark and blobs.marked_for() == identity.blob_mark:
            return identity.blob_mark
    mark = new_id()
    blobs.mark(mark)
    return mark


def _write(connection: Connection, topic_prefix: str, keys: Mapping[str, list[str]], mark: UUID | None) -> None:
    connection.execute(_WRITE, {"topic_prefix": topic_prefix, "keys": dict(keys), "mark": mark})
