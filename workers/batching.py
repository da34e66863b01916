"""Adapts functions to stages, which take several records at a time: `each` and `per_tenant` wrap simpler functions.

Records taken together share the cost of a round trip, a commit and a Kafka record.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from schemas.records import Record
from storage.resources import Resources

#: Takes records; returns for each, in order, the record to hand on, or None if the pipeline ends here.
Work = Callable[[Sequence[Any], Resources], Sequence[Record | None]]


def each(work: Callable[[Any, Resources], Record | None]) -> Work:
    """Returns the work of a stage that calls `work` for each record in turn."""

    def work_on_all(records: Sequence[Any], resources: Resources) -> list[Record | None]:
        return [work(record, resources) for record in records]

    return work_on_all


def per_tenant(work: Work) -> Work:
    """Returns the work of a stage that calls `work` once for the mails of each tenant: a transaction has one tenant."""

    def work_on_all(records: Sequence[Any], resources: Resources) -> list[Record | None]:
        places: dict[UUID, list[int]] = {}
        for place, record in enumerate(records):
            places.setdefault(record.custody.tenant_id, []).append(place)
        results: list[Record | None] = [None] * len(records)
        for of_tenant in places.values():
            outcomes = work([records[place] for place in of_tenant], resources)
            for place, outcome in zip(of_tenant, outcomes, strict=True):
                results[place] = outcome
        return results

    return work_on_all
