"""`casemail webhook add` opens an endpoint and prints its URL and secret."""

import subprocess

import pytest

from schemas.settings import Settings
from storage.resources import Resources
from storage.secret_box import SecretBox
from tests.builders.command import casemail, command_settings
from tests.builders.world import World
from workers.fetch.push import endpoints


def command(settings: Settings, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return casemail("webhook", "add", *arguments, stdin=stdin, **command_settings(settings))


@pytest.mark.parametrize("shape", ["generic", "mailgun"])
def test_it_makes_an_endpoint_for_a_tenant(resources: Resources, world: World, shape: str) -> None:
    done = command(resources.settings, world.slug, "--shape", shape, "--tenant", world.slug, stdin="key-1\n")
    assert done.returncode == 0, done.stderr
    path = done.stdout.split("/in/")[1].split()[0].removesuffix("/mime")
    seal = SecretBox.from_settings(resources.settings)
    with resources.database.system() as connection:
        endpoint = endpoints.find(connection, seal, path)
    assert endpoint is not None
    assert (endpoint.tenant_id, endpoint.provider, endpoint.closed) == (world.tenant_id, shape, False)
    assert ("key-1" if shape == "mailgun" else done.stdout.split("secret: ")[1].split()[0]) == endpoint.secret


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x", "--shape", "sns"), "ARN"),
        (("x", "--shape", "mailgun"), "signing key"),
        (("x", "--shape", "post"), "no shape"),
        (("x", "--tenant", "nobody"), "no tenant"),
    ],
)
def test_wrong_options_are_refused(resources: Resources, arguments: tuple[str, ...], words: str) -> None:
    done = command(resources.settings, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
