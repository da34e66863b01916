"""A tenant's policy on files: reads it and saves it."""

import json
from uuid import UUID

from sqlalchemy import Connection, text

from cases.files.types import DEFAULT_ENDINGS, allowed_endings
from schemas.files import FilePolicy

_READ = text("select file_policy from tenants where id = :id")
_LOCK = text("select file_policy from tenants where id = :id for no key update")
_SAVE = text("update tenants set file_policy = cast(:policy as jsonb) where id = :id")


def of_tenant(connection: Connection, tenant_id: UUID) -> FilePolicy:
    """Returns the policy of the tenant."""
    return FilePolicy.model_validate(connection.execute(_READ, {"id": tenant_id}).scalar_one())


def save(connection: Connection, tenant_id: UUID, new: FilePolicy) -> dict[str, str]:
    """Sets the policy of the tenant; returns what changed, in words for the audit, by the names of the fields."""
    before = FilePolicy.model_validate(connection.execute(_LOCK, {"id": tenant_id}).scalar_one())
    if new.types == DEFAULT_ENDINGS:
        new = new.model_copy(update={"types": None})  # the default list, which grows with the supported types
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
    old, new = allowed_endings(before), allowed_endings(after)
    parts = [f"now also {', '.join(sorted(new - old))}"] if new - old else []
    parts += [f"no more {', '.join(sorted(old - new))}"] if old - new else []
    return changes | ({"types": "; ".join(parts)} if parts else {})
