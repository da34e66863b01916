"""The files that a tenant lets into updates, as its settings say now."""

import json
from uuid import UUID

from sqlalchemy import Connection, text

from cases.files.types import DEFAULT_ENDINGS, allowed_endings
from schemas.files import FilePolicy

_READ = text("select file_policy from tenants where id = :id")
_BEFORE = text("select file_policy from tenants where id = :id for no key update")
_SAVE = text("update tenants set file_policy = cast(:policy as jsonb) where id = :id")


def of_tenant(connection: Connection, tenant_id: UUID) -> FilePolicy:
    """The policy of the tenant, in its scope."""
    return FilePolicy.model_validate(connection.execute(_READ, {"id": tenant_id}).scalar_one())


def save(connection: Connection, tenant_id: UUID, new: FilePolicy) -> dict[str, str]:
    """Gives the tenant this policy; returns what changed, in words for the audit, by the names of the fields."""
    before = FilePolicy.model_validate(connection.execute(_BEFORE, {"id": tenant_id}).scalar_one())
    if new.types == DEFAULT_ENDINGS:
        new = new.model_copy(update={"types": None})  # whose list grows with what is supported
    stored = new.model_dump(mode="json", exclude_defaults=True)
    if new.types is not None:
        stored["types"] = sorted(new.types)
    connection.execute(_SAVE, {"id": tenant_id, "policy": json.dumps(stored)})
    return _changes(before, new)


def _changes(before: FilePolicy, after: FilePolicy) -> dict[str, str]:
    changes = {
        name: f"{getattr(before, name)} to {getattr(after, name)}"
        for name in FilePolicy.model_fields
        if name != "types" and getattr(before, name) != getattr(after, name)
    }
    was, is_now = allowed_endings(before), allowed_endings(after)
    parts = [f"now also {', '.join(sorted(is_now - was))}"] if is_now - was else []
    parts += [f"no more {', '.join(sorted(was - is_now))}"] if was - is_now else []
    return changes | ({"types": "; ".join(parts)} if parts else {})
