"""Stages work on several records at once: what a round trip, a commit or a Kafka record costs is paid once for all.

`each` and `per_tenant` make the work of a stage from a function that is simpler than that.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from schemas.records import Record
from storage.resources import Resources

#: Records in; for each of them, in order, the record to hand on, or None at the end of the way.
Work = Callable[[Sequence[Any], Resources], Sequence[Record | None]]


def each(work: Callable[[Any, Resources], Record | None]) -> Work:
    """The work of a stage that gains nothing from several records: one after the other."""

    def all_of_them(records: Sequence[Any], resources: Resources) -> list[Record | None]:
        return [work(record, resources) for record in records]

    return all_of_them


def per_tenant(work: Work) -> Work:
    """The work of a stage that takes several mails, but of one tenant: its database sees one tenant at a time."""

    def all_of_them(records: Sequence[Any], resources: Resources) -> list[Record | None]:
        places: dict[UUID, list[int]] = {}
        for place, record in enumerate(records):
            places.setdefault(record.custody.tenant_id, []).append(place)
        results: list[Record | None] = [None] * len(records)
        for of_tenant in places.values():
            outcomes = work([records[place] for place in of_tenant], resources)
            for place, outcome in zip(of_tenant, outcomes, strict=True):
                results[place] = outcome
        return results

    return all_of_them
