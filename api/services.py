"""The objects that all routes share, and the functions that the workers provide."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer, SecurityScopes
from sqlalchemy import Connection

from api.web.problems import ProblemError
from cases import audit
from cases.addresses.tokens import Keys
from cases.inbound.rule_report import Asked
from cases.people.api_tokens import Token
from storage.resources import Resources

#: Returns each rule's verdict on a tenant's email today; None if there is no such email, or its original is deleted.
Whys = Callable[[UUID, UUID], tuple[Asked, ...] | None]

_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="A token of the tenant (Settings > API tokens)")


@dataclass(frozen=True)
class Services:
    """The resources of the process; `why` is the workers' function, which `ops` passes in."""

    resources: Resources
    why: Whys | None = None


@dataclass(frozen=True)
class Caller:
    """The token of the request, within its tenant."""

    token: Token
    resources: Resources

    @property
    def tenant_id(self) -> UUID:
        """The tenant of the token."""
        return self.token.tenant_id

    @property
    def by(self) -> UUID | None:
        """Who is named in the audit beside the token: the admin who created it; None for the operator."""
        return self.token.created_by

    @property
    def keys(self) -> Keys:
        """The keys of reply and case addresses."""
        return self.resources.settings.secrets.address_keys

    @contextmanager
    def tenant(self) -> Iterator[Connection]:
        """Opens a transaction in the scope of the tenant; the audit notes the token with each act."""
        with self.resources.database.tenant(self.tenant_id) as connection:
            audit.by_token(connection, self.token.name)
            yield connection


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


#: The services, as a parameter of a route.
TheServices = Annotated[Services, Depends(_services)]


def _caller(
    request: Request, services: TheServices, scopes: SecurityScopes, _: Annotated[object, Security(_BEARER)]
) -> Caller:
    """Returns the caller, whom `api.guards.tokens` has found. Raises `ProblemError` (403) without the scopes."""
    token: Token = request.state.token
    if missing := [scope for scope in scopes.scopes if scope not in token.scopes]:
        raise ProblemError(403, f"This token lacks the scope {missing[0]}.")
    return Caller(token, services.resources)


def needs(*scopes: str) -> object:
    """Returns the dependency of a route that needs these scopes; its value is the `Caller`."""
    return Security(_caller, scopes=list(scopes))
