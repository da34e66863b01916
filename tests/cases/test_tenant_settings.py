"""Tenant settings: the allowed choices; each change, and nothing else, makes an audit entry."""

from dataclasses import replace

import pytest

from cases import tenant_settings
from cases.tenant_settings import MOST_SEALERS
from schemas.tables import Authentication
from storage.database import Database
from tests.builders.rows import ACTS, run
from tests.builders.world import World


@pytest.mark.parametrize(
    ("words", "domains"),
    [
        ("", ()),
        ("lists.example.org", ("lists.example.org",)),
        ("b.example, a.example\nB.EXAMPLE.", ("b.example", "a.example")),
        ("lists.example.org no-domain", None),
        (" ".join(f"d{number}.example" for number in range(MOST_SEALERS)), ...),
        (" ".join(f"d{number}.example" for number in range(MOST_SEALERS + 1)), None),
    ],
)
def test_trusted_forwarders_are_read_from_text(words: str, domains: object) -> None:
    found = tenant_settings.sealers_in(words)
    assert len(found or ()) == MOST_SEALERS if domains is ... else found == domains


def test_a_change_is_in_the_audit_with_both_values_and_saving_the_same_is_not(world: World, database: Database) -> None:
    admin = world.people["admin"]
    with database.tenant(world.tenant_id) as connection:
        before = tenant_settings.sender_rules(connection, world.tenant_id)
        wanted = replace(before, authentication=Authentication.ENFORCE, arc_sealers=("lists.example",))
        for _ in range(2):
            tenant_settings.save_sender_rules(connection, world.tenant_id, wanted, by=admin)
            tenant_settings.save_strips_sub_addresses(connection, world.tenant_id, strips=True, by=admin)
        assert tenant_settings.sender_rules(connection, world.tenant_id) == wanted
    acts = run(world, f"select act, actor_id, details from {ACTS} order by id", id=world.tenant_id)
    assert [(row.act, row.actor_id, row.details) for row in acts] == [
        (
            "settings.changed",
            admin,
            {
                "authentication": f"{before.authentication} to enforce",
                "arc_sealers": f"{list(before.arc_sealers)} to ['lists.example']",
            },
        ),
        ("settings.changed", admin, {"strip sub-addresses": "on"}),
    ]


def test_an_address_below_the_mail_domain_of_a_tenant_comes_back(world: World, database: Database) -> None:
    assert tenant_settings.comes_back(database, f"all@{world.mail_domain}")
    assert tenant_settings.comes_back(database, f"all@deep.down.{world.mail_domain}")
    assert not tenant_settings.comes_back(database, f"all@not-{world.mail_domain}")
    assert not tenant_settings.comes_back(database, "")
