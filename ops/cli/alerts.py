"""`casemail alerts`: the rules for Prometheus, with links into a runbook that people on call can open."""

from importlib.resources import files
from typing import Annotated

import typer
from pydantic import AnyHttpUrl, TypeAdapter, ValidationError

#: What stands in the rules for the URL of the runbook.
PLACEHOLDER = "RUNBOOK_URL"
_RULES = ("alerts.yml", "slo.yml")
_GROUPS = "groups:\n"

app = typer.Typer()


def rules(runbook_url: str) -> str:
    """Returns all rules as one YAML file, with links to the sections of the runbook at `runbook_url`."""
    texts = [(files("ops.prometheus") / name).read_text() for name in _RULES]
    groups = [text.partition(_GROUPS)[2] for text in texts]
    return _GROUPS + "".join(groups).replace(PLACEHOLDER, runbook_url)


@app.command("alerts")
def alerts(
    runbook_url: Annotated[
        str, typer.Option(envvar="CASEMAIL_RUNBOOK_URL", help="Where your people read docs/operate/runbook.md.")
    ],
) -> None:
    """Prints the alerts and the recording rules for Prometheus."""
    try:
        TypeAdapter(AnyHttpUrl).validate_python(runbook_url)
    except ValidationError:
        raise typer.BadParameter(
            f"{runbook_url!r} is no URL. Give one that begins with https://.", param_hint="--runbook-url"
        ) from None
    typer.echo(rules(runbook_url.rstrip("#")), nl=False)
