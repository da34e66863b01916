"""Settings of the logs."""

from typing import ClassVar, Literal

from pydantic import Field

from schemas.settings.group import Group


class Logs(Group):
    """What the long-running processes write to standard error."""

    variable_prefix: ClassVar[str] = "LOG_"

    format: Literal["json", "console"] = Field(
        "json", description="how a line of the log is written: json, an object a line; or console, for people"
    )
    level: Literal["info", "warning", "error"] = Field(
        "info", description="the least level of a line that is written; info has a line for each step of each mail"
    )
