"""The base class of a group of settings, which knows the environment variable of each field."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

#: The start of every variable's name.
PREFIX = "CASEMAIL_"


class Group(BaseModel):
    """Settings of one subject. The field `x_y` is read from the variable PREFIX + `variable_prefix` + `X_Y`.

    `variable_names` has, by field and without PREFIX, the names of variables that do not follow this rule.
    """

    model_config = ConfigDict(frozen=True, validate_default=True)

    variable_prefix: ClassVar[str] = ""
    variable_names: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def variable(cls, field: str) -> str:
        """Returns the name of the environment variable that `field` is read from."""
        return PREFIX + cls.variable_names.get(field, cls.variable_prefix + field.upper())

    @classmethod
    def pick(cls, variables: Mapping[str, str]) -> dict[str, Any]:
        """Returns the values that `variables` has for fields of this group, by field."""
        return {field: variables[name] for field in cls.model_fields if (name := cls.variable(field)) in variables}
