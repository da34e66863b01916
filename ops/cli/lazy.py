"""A group of commands whose modules are imported when a command runs, so that `casemail --help` needs none of them."""

import importlib
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from ops.monitoring import private_folder

#: The option of a command that counts in the folder of the process that starts it.
BESIDE = "--beside"


class Command(NamedTuple):
    """A command: the module with its Typer `app`, its help, and whether its processes count their metrics together."""

    module: str
    help: str
    forks: bool = False


class LazyGroup(TyperGroup):
    """Lists the commands of `TABLE` by name and help, and loads the command that is called."""

    TABLE: ClassVar[Mapping[str, Command]]

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # the name is Click's
        """Returns the names in the order of the table."""
        return list(self.TABLE)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  # the names are Click's
        """Returns a stand-in that has a name and a help."""
        entry = self.TABLE.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Returns the command that `args` begin with, from its module, and the arguments left for it."""
        name, stand_in, left = super().resolve_command(ctx, args)
        return name, self.load(name, runs="--help" not in left) if name and stand_in else stand_in, left

    @classmethod
    def load(cls, name: str, *, runs: bool = True) -> Any:
        """Imports the module of a command; returns its command of that name, or else the group of all its commands."""
        entry = cls.TABLE[name]
        if runs:
            _count(together=entry.forks)
        group = get_group(importlib.import_module(entry.module).app)
        command = group.commands.get(name, group)
        command.help = entry.help
        return command


@cache
def _count(*, together: bool) -> None:
    """Makes prometheus_client count in a private folder, or in memory. It reads the variable when it is imported."""
    if not together:
        os.environ.pop(private_folder.VARIABLE, None)
    elif BESIDE not in sys.argv:
        given = {name.upper(): value for name, value in os.environ.items()}
        folder = given.get("CASEMAIL_METRICS_DIR")  # schemas.settings.Metrics.dir
        private_folder.make(Path(folder) if folder else None)
