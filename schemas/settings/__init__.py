"""The settings of casemail, which `load()` reads from `CASEMAIL_*` environment variables.

`servers`, `listeners` and `mail` define the settings in groups, each with its default and its meaning. `value_types`
parses values that are more than a number or a word.
"""

from schemas.settings.all_settings import Settings, SettingsError, environment, load, variables
from schemas.settings.group import PREFIX

__all__ = ["PREFIX", "Settings", "SettingsError", "environment", "load", "variables"]
