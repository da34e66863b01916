"""Requests of any kind, made from the API's own description: each gets an answer that the description names."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from api.app import description
from ops.embedded import Postgres
from tests.api.client import Api, token_for
from tests.builders.world import make_world

#: Requests to each route.
EXAMPLES = 25

schema = schemathesis.openapi.from_dict(description())


@pytest.fixture(scope="module")
def headers(api: Api, migrated: Postgres) -> dict[str, str]:
    world = make_world(migrated.owner_url)
    token = token_for(api.resources.database, world, by=world.people["admin"])
    return {"Authorization": f"Bearer {token}"}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_any_request_is_answered_as_described(case: schemathesis.Case[Any], api: Api, headers: dict[str, str]) -> None:
    # a request that the description allows may still be refused by a rule, such as one on who manages a case
    case.call_and_validate(base_url=api.url, headers=headers, excluded_checks=[positive_data_acceptance])
