"""Makes the work of a stage, which takes several records at once, from simpler functions: `each` and `per_tenant`.

Several records at once share the cost of a round trip, a commit and a Kafka record.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from schemas.records import Record
from storage.resources import Resources

#: Takes records; returns for each, in order, the record to hand on, or None at the end of the way.
Work = Callable[[Sequence[Any], Resources], Sequence[Record | None]]


def each(work: Callable[[Any, Resources], Record | None]) -> Work:
    """Returns the work of a stage that takes its records one after the other."""

    def work_on_all(records: Sequence[Any], resources: Resources) -> list[Record | None]:
        return [work(record, resources) for record in records]

    return work_on_all


def per_tenant(work: Work) -> Work:
    """Returns the work of a stage that takes mails of one tenant at a time, as its database does."""

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
