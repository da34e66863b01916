"""All settings, read from environment variables. All mistakes are reported together, each with its variable."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from schemas.errors import CasemailError
from schemas.settings.archive import Archive
from schemas.settings.group import PREFIX, Group
from schemas.settings.listeners import Api, Console, Http, Lmtp, Metrics, Sessions, Webhooks
from schemas.settings.logs import Logs
from schemas.settings.mail import Authentication, Canaries, Intake, Limits, Sandbox, Secrets, Sources
from schemas.settings.servers import Blobs, Clamd, Database, Kafka, Smtp, Topics


class SettingsError(CasemailError):
    """Settings are missing or wrong; `problems` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """All settings, in groups by subject: `settings.kafka.servers` comes from CASEMAIL_KAFKA_SERVERS."""

    model_config = ConfigDict(frozen=True)

    kafka: Kafka
    topics: Topics
    database: Database
    blobs: Blobs
    archive: Archive
    secrets: Secrets
    console: Console
    sessions: Sessions
    api: Api
    http: Http
    lmtp: Lmtp
    webhooks: Webhooks
    smtp: Smtp
    sources: Sources
    canaries: Canaries
    intake: Intake
    limits: Limits
    sandbox: Sandbox
    authentication: Authentication
    clamd: Clamd
    metrics: Metrics
    logs: Logs

    def replace(self, **values: Any) -> Self:
        """Returns a copy with other values, by the short names of their variables: `settings.replace(smtp_port=2525)`.

        The values are not validated. Raises KeyError for a name that no variable has.
        """
        groups: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            group, field = _FIELDS[PREFIX + name.upper()]
            groups.setdefault(group, {})[field] = value
        return self.model_copy(
            update={group: getattr(self, group).model_copy(update=update) for group, update in groups.items()}
        )


_GROUPS: dict[str, type[Group]] = {
    name: info.annotation  # type: ignore[misc]  # mypy does not know that each is a Group
    for name, info in Settings.model_fields.items()
}
#: The group and the field of each variable.
_FIELDS = {group.variable(field): (name, field) for name, group in _GROUPS.items() for field in group.model_fields}
#: Variables that are no settings of a process: the folder for downloads of the embedded servers, the length of a test,
#: and where the runbook is, for `casemail alerts`.
_ELSEWHERE = {PREFIX + "CACHE_DIR", PREFIX + "CHAOS_ROUNDS", PREFIX + "RUNBOOK_URL"}
#: What became of settings of earlier versions.
REMOVED = {PREFIX + "ASSETS_DIR": "htmx and Pico CSS are part of casemail"}
#: How the names end that Kubernetes gives to the variables of a service (Kubernetes documentation, "Service").
_OF_A_SERVICE = ("_SERVICE_HOST", "_SERVICE_PORT", "_TCP", "_TCP_ADDR", "_TCP_PORT", "_TCP_PROTO")


def variables() -> dict[str, FieldInfo]:
    """Returns the field of every environment variable, with its default and its description."""
    return {variable: _GROUPS[group].model_fields[field] for variable, (group, field) in _FIELDS.items()}


def environment(values: Mapping[str, str]) -> dict[str, str]:
    """Returns values by short name as environment variables: `{"smtp_port": "25"}` becomes CASEMAIL_SMTP_PORT."""
    return {f"{PREFIX}{name.upper()}": value for name, value in values.items()}


def load(variables: Mapping[str, str] = os.environ) -> Settings:
    """Reads the settings from environment variables, whose names may also be in lower case.

    Raises `SettingsError` with a line for each missing or wrong variable, and for each that is not a setting.
    """
    given = {name.upper(): value for name, value in variables.items()}
    unknown = list(_unknown(given))
    try:
        settings = Settings.model_validate({name: group.pick(given) for name, group in _GROUPS.items()})
    except ValidationError as error:
        raise SettingsError([*(_problem(dict(item)) for item in error.errors()), *unknown]) from None
    if unknown:
        raise SettingsError(unknown)
    return settings


def _unknown(given: Mapping[str, str]) -> Iterator[str]:
    """Yields a line for each of the variables that begins like a setting and is none, with what to do."""
    for name in sorted(name for name in given if name.startswith(PREFIX) and name not in _FIELDS):
        if name in REMOVED:
            yield f"{name} is not a setting any more: {REMOVED[name]}. Remove it."
        elif name.endswith(_OF_A_SERVICE):
            yield f"{name} is not a setting. Kubernetes made it: set enableServiceLinks: false in the pod."
        elif name not in _ELSEWHERE:
            near = get_close_matches(name, _FIELDS, n=1)
            yield f"{name} is not a setting. " + (f"Did you mean {near[0]}?" if near else "Remove it.")


def _problem(item: dict[str, Any]) -> str:
    group, field = item["loc"][:2]
    variable = _GROUPS[group].variable(field)
    meaning = _GROUPS[group].model_fields[field].description
    what = "is missing" if item["type"] == "missing" else str(item["msg"]).removeprefix("Value error, ")
    return f"{variable} {what}. It holds {meaning}."
