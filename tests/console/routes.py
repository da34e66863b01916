"""The console's routes and their parameters, for tests that request all routes."""

import inspect
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote
from uuid import uuid4

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from console.app import _ROUTERS
from schemas.reasons import Reason
from schemas.tables import MailState
from storage.database import Database
from tests.builders.rows import add_file, add_mail, run
from tests.builders.world import World

#: The longest value that is put into a path or a query, in characters.
_LONGEST = 6_000


def routes() -> list[tuple[str, str, APIRoute]]:
    """Returns every path with its method, GET or POST, and its route."""
    found = [route for router in _ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return sorted((route.path, method, route) for route in found for method in (route.methods or set()) - {"HEAD"})


def names(dependant: Dependant) -> Iterator[str]:
    """Yields the names of all parameters that a route reads from query and form."""
    for parameter in (*dependant.query_params, *dependant.body_params):
        annotation = parameter.field_info.annotation
        if inspect.isclass(annotation) and hasattr(annotation, "model_fields"):
            yield from annotation.model_fields
        else:
            yield parameter.alias
    for inner in dependant.dependencies:
        yield from names(inner)


def encoded(value: str) -> str:
    """Returns a value as it is encoded in a path or a form."""
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def real_ids(desk: World, database: Database) -> dict[str, str]:
    """Returns an existing value of the tenant for each path parameter."""
    update = desk.post(database, "staff", "client")
    mail = add_mail(desk, MailState.HELD, reason=Reason.AUTHOR_UNKNOWN, subject="Odd", author="x@y.example")
    file = add_file(desk, update, "a.txt", f"{desk.tenant_id}/file/00/{'0' * 64}")
    ((group,),) = run(desk, "select id from access_groups where tenant_id = :id limit 1", id=desk.tenant_id)
    ids = {"case_id": desk.case_id, "update_id": update, "mail_id": mail, "file_id": file, "group_id": group}
    ids |= {"user_id": desk.people["client"], "number": 0, "part": 0, "purpose": "mail", "deed": "fetch", "token": "x"}
    return {name: str(value) for name, value in ids.items()}


def filled(path: str, ids: Mapping[str, str], **odd: str) -> str:
    """Returns a path with its parameters filled in: from `odd`, else from `ids`, else with an unknown id."""
    values = {name: odd.get(name) or ids.get(name) or str(uuid4()) for name in re.findall(r"{(\w+)}", path)}
    for name, value in values.items():
        path = path.replace("{" + name + "}", encoded(value)[:_LONGEST])
    return path
