"""`casemail tenant` and `casemail user` create a customer whose people can log in."""

import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text

from ops.embedded import Postgres
from tests.builders.command import environment
from tests.builders.world import World
from tests.console.browser import Browser, Console

PASSWORD = "several words of mine"
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def casemail(console: Console, migrated: Postgres) -> Command:
    """Returns a function that runs a command with the rights of the tables' owner; it returns exit code and output."""
    owner = {"CASEMAIL_OWNER_DATABASE_URL": migrated.owner_url.replace("+psycopg", "")}

    def run(*arguments: str, password: str = PASSWORD) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "ops", *arguments],
            env=environment(console.settings) | owner,
            input=f"{password}\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def logs_in(console: Console, slug: str, email: str, password: str = PASSWORD) -> Browser | None:
    browser = Browser(console.url)
    answer = browser.send("/login", {"slug": slug, "email": email, "password": password})
    return browser if answer.url.path == "/cases" else None


@pytest.fixture
def slug(casemail: Command) -> str:
    """Creates a tenant by the command, with the admin ann@SLUG.example; returns its slug."""
    slug = f"new-{uuid4().hex[:8]}"
    code, said = casemail(
        *("tenant", "add", slug, "A new one", "--mail-domain", f"cases.{slug}.example"),
        *("--admin", f"Ann@{slug}.example", "--admin-name", "Ann"),
    )
    assert (code, said.splitlines()[0].startswith(f"{slug} is there")) == (0, True), said
    return slug


def test_a_tenant_is_created_and_its_admin_works_with_it_at_once(
    casemail: Command, slug: str, console: Console, world: World
) -> None:
    ann = logs_in(console, slug, f"ann@{slug}.example")
    assert ann is not None
    settings = ("people", "access-groups", "templates", "sources", "inbound")
    for path in ("/cases", "/inbound", "/settings", *(f"/settings/{name}" for name in settings)):
        assert ann.get(path).status_code == 200, path
    assert f"{slug}  A new one  cases.{slug}.example  1 people\n" in casemail("tenant", "list")[1]
    acts = (
        "select act from audit where tenant_id = (select id from tenants where slug = :slug)"
        " and act <> 'user.logged_in' order by act"
    )
    with world.owner().connect() as connection:
        assert list(connection.execute(text(acts), {"slug": slug}).scalars()) == ["tenant.added", "user.added"]


def test_people_are_added_with_their_role_and_get_another_password(
    casemail: Command, slug: str, console: Console
) -> None:
    bob = f"bob@{slug}.example"
    assert casemail("user", "add", bob, "--tenant", slug, "--name", "Bob", "--role", "client")[0] == 0
    browser = logs_in(console, slug, bob)
    assert browser is not None
    assert browser.get("/settings/people").status_code == 403
    assert casemail("user", "password", bob, "--tenant", slug, password="another pass phrase")[0] == 0
    assert browser.get("/cases").url.path == "/login"
    assert logs_in(console, slug, bob) is None
    assert logs_in(console, slug, bob, "another pass phrase") is not None


def test_nobody_of_a_tenant_that_is_off_logs_in(casemail: Command, slug: str, console: Console) -> None:
    ann = logs_in(console, slug, f"ann@{slug}.example")
    assert ann is not None
    assert casemail("tenant", "off", slug) == (0, f"{slug} is off\n")
    assert ann.get("/cases").url.path == "/login"
    assert logs_in(console, slug, f"ann@{slug}.example") is None
    assert casemail("tenant", "on", slug) == (0, f"{slug} is on\n")
    assert logs_in(console, slug, f"ann@{slug}.example") is not None


@pytest.mark.parametrize(
    ("change", "password", "why"),
    [
        ({"slug": "Harbour Law"}, PASSWORD, "is no short name"),
        ({"slug": "{taken}"}, PASSWORD, "already"),
        ({"domain": "cases"}, PASSWORD, "is not a domain"),
        ({"domain": "people.example"}, PASSWORD, "people log in with addresses in people.example"),
        ({"admin": "Ann <ann@x.example>"}, PASSWORD, "is not one plain email address"),
        ({"admin": "ann@{theirs}"}, PASSWORD, "nobody's own"),
        ({}, "short", "at least 15 characters"),
        ({}, "my name is ann, you see", "must not have the name"),
    ],
    ids=["name", "taken", "no domain", "log-ins", "no address", "a case address", "short", "guessed"],
)
def test_wrong_input_is_refused_with_a_reason_and_nothing_is_created(
    casemail: Command, world: World, change: dict[str, str], password: str, why: str
) -> None:
    slug = f"new-{uuid4().hex[:8]}"
    given = {"slug": slug, "domain": f"cases.{slug}.example", "admin": f"ann@{slug}.example"} | change
    given = {name: value.format(taken=world.slug, theirs=world.mail_domain) for name, value in given.items()}
    code, said = casemail(
        *("tenant", "add", given["slug"], "N", "--mail-domain", given["domain"], "--admin", given["admin"]),
        password=password,
    )
    assert code == 2
    assert why in said
    assert slug not in casemail("tenant", "list")[1]


def test_a_user_is_created_once_and_only_in_an_existing_tenant(casemail: Command, slug: str) -> None:
    code, said = casemail("user", "add", f"ANN@{slug}.example", "--tenant", slug)
    assert (code, "belongs to a person of this organisation already" in said) == (2, True)
    for command in ("add", "password"):
        code, said = casemail("user", command, "x@y.example", "--tenant", "nowhere")
        assert (code, "there is no tenant 'nowhere'" in said) == (2, True)
    assert casemail("user", "password", "x@y.example", "--tenant", slug)[0] == 2
