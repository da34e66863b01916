"""A group of commands whose modules are imported when a command runs, so that `casemail --help` needs none of them."""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


class Command(NamedTuple):
    """A command: the module with its Typer `app`, its help, and whether its metrics are kept for /metrics."""

    module: str
    help: str
    counts: bool = True


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
        return name, self.load(name, counts="--help" not in left) if name and stand_in else stand_in, left

    @classmethod
    def load(cls, name: str, *, counts: bool = True) -> Any:
        """Imports the module of a command; returns its command of that name, or else the group of all its commands."""
        entry = cls.TABLE[name]
        if counts and entry.counts:
            _keep_metrics()
        group = get_group(importlib.import_module(entry.module).app)
        command = group.commands.get(name, group)
        command.help = entry.help
        return command


def _keep_metrics() -> None:
    """Makes prometheus_client keep the metrics of this process in files. It reads the variable when it is imported."""
    given = {name.upper(): value for name, value in os.environ.items()}
    if (folder := given.get("CASEMAIL_METRICS_DIR")) is not None:  # schemas.settings.Metrics.dir
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
