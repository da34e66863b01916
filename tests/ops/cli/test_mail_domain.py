"""`casemail mail-domain` refuses a domain that people log in with."""

import pytest

from cases.addresses import mail_domain
from storage.database import Database
from tests.builders.command import casemail
from tests.builders.rows import run
from tests.builders.world import World, make_world


def domain(world: World) -> str:
    return str(run(world, "select mail_domain from tenants where id = :id", id=world.tenant_id)[0].mail_domain)


def log_in_with(world: World, name: str, where: str) -> None:
    statement = "update users set email = :email, email_key = :email where id = :id"
    run(world, statement, email=f"{name}@{where}", id=world.people[name])


def test_the_domain_is_shown_and_set_and_the_change_is_in_the_audit(env: dict[str, str], world: World) -> None:
    old, new = world.mail_domain, f"cases.{world.slug}.example"
    found = casemail("mail-domain", "--tenant", world.slug, **env)
    assert f"has the mail domain {old}; 0 addresses were given out in it" in found.stdout
    done = casemail("mail-domain", "--tenant", world.slug, f"{new.title()}.", **env)
    assert (done.returncode, domain(world)) == (0, new), done.stderr
    (act,) = run(world, "select act, details from audit where subject_id = :id", id=world.tenant_id)
    assert (act.act, act.details) == ("settings.changed", {"mail_domain": f"{old} to {new}"})


def test_15_a_domain_that_people_of_any_tenant_log_in_with_is_refused(env: dict[str, str], world: World) -> None:
    other = make_world(world.owner_url)
    where = f"staff.{world.slug}.example"
    log_in_with(other, "staff", where)
    done = casemail("mail-domain", "--tenant", world.slug, where, **env)
    assert (done.returncode, domain(world)) == (2, world.mail_domain)
    assert f"people log in with addresses in {where} (1 of {other.slug})" in done.stderr
    log_in_with(world, "admin", world.mail_domain)
    found = casemail("mail-domain", "--tenant", world.slug, **env)
    assert f"warning: people log in with addresses in {world.mail_domain}" in found.stdout


def test_addresses_that_were_given_out_only_break_with_force(
    env: dict[str, str], database: Database, world: World
) -> None:
    world.post(database, "staff", "client")
    new = f"cases.{world.slug}.example"
    done = casemail("mail-domain", "--tenant", world.slug, new, **env)
    assert (done.returncode, domain(world)) == (2, world.mail_domain)
    assert "2 addresses were given out" in done.stderr
    assert casemail("mail-domain", "--tenant", world.slug, new, "--force", **env).returncode == 0
    assert domain(world) == new


def test_an_unknown_tenant_and_a_wrong_domain_are_refused(env: dict[str, str], world: World) -> None:
    assert "no tenant 'nobody'" in casemail("mail-domain", "--tenant", "nobody", "a.example", **env).stderr
    assert "'a@b' is not a domain" in casemail("mail-domain", "--tenant", world.slug, "a@b", **env).stderr


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Cases.Example.ORG.", "cases.example.org"),
        (" b\u00fccher.example ", "xn--bcher-kva.example"),
        ("example", ""),
        ("", ""),
        ("a@b.example", ""),
        ("a..example", ""),
        ("-a.example", ""),
        ("\u212aases.example", ""),
        ("a b.example", ""),
        (f"{'a.' * 127}example", ""),
    ],
)
def test_a_domain_is_read_in_one_form(written: str, plain: str) -> None:
    assert mail_domain.plain(written) == plain
