"""The base of a group of settings: knows the environment variable of each of its fields."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

#: Begins the name of every variable.
PREFIX = "CASEMAIL_"


class Group(BaseModel):
    """Some settings of one subject. The field `x_y` is read from PREFIX, `variable_prefix` and `X_Y`.

    `variable_names` has the names of those variables that do not follow this rule, by field and without PREFIX.
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
        """Returns the values of this group by field, as far as `variables` has them."""
        return {field: variables[name] for field in cls.model_fields if (name := cls.variable(field)) in variables}
