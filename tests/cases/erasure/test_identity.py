"""Whose mails and account an erasure finds, whose it refuses, and that an erased account stays erased."""

import re
from uuid import UUID

import pytest
from sqlalchemy import text

from cases.erasure.erase import OWN_ACCOUNT, NotErasableError, erase, preview
from cases.erasure.erased import Erased
from cases.erasure.identity import Identity, identify
from cases.people import users
from cases.people.users import LAST_ADMIN
from schemas.tables import Role
from storage.resources import Resources
from tests.builders.rows import add_update, run
from tests.builders.world import World


def test_an_erased_account_does_not_come_back(resources: Resources, world: World) -> None:
    with resources.database.tenant(world.tenant_id) as connection:
        erase(connection, world.tenant_id, world.email("client"), by=None, account=True)
        refusal = users.change(
            connection, world.tenant_id, world.people["client"], by=world.people["admin"], active=True
        )
        assert "erased" in str(refusal)
        again = users.add(
            connection,
            world.tenant_id,
            name="Another",
            email=world.email("client"),
            role=Role.CLIENT,
            by=None,
        )
    assert isinstance(again, UUID)
    assert again != world.people["client"]


def test_the_last_admin_and_ones_own_account_stay(resources: Resources, world: World) -> None:
    admin = world.people["admin"]
    for actor, words in ((None, LAST_ADMIN), (admin, OWN_ACCOUNT)):
        with (
            pytest.raises(NotErasableError, match=re.escape(words)),
            resources.database.tenant(world.tenant_id) as connection,
        ):
            erase(connection, world.tenant_id, world.email("admin"), by=actor, account=True)
    assert run(world, "select active from users where id = :id", id=admin) == [(True,)]


def test_a_preview_changes_nothing(resources: Resources, world: World) -> None:
    add_update(world, "client", "Words")
    _, expected = preview(
        resources.database, world.tenant_id, world.email("client"), by=None, updates=True, account=True
    )
    assert expected == Erased(updates=1, account=True)
    assert run(world, "select name from users where id = :id", id=world.people["client"]) == [("Client",)]
    assert run(world, "select count(*) from audit where tenant_id = :id", id=world.tenant_id) == [(0,)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("<ann@x.example>", True),
        ("ANN@X.EXAMPLE.", True),
        ("ann+any.thing@x.example", True),
        ("mailto:ann@x.example?subject=a", True),
        ("bounce-ann=x.example@list.example", False),
        ("bounce+ann=x.example@list.example", False),
        ("<ann=x.example@list.example>", True),
        ("SRS0=hash=tt=x.example=ann@forwarder.example", True),
        ("u=ann%40x.example&v", True),
        ("joann@x.example", False),
        ("ann@x.example.org", False),
        ("ann@ax.example", False),
        ("ann+work@x.example", False),
        ('"ann@x.example"', True),
    ],
)
def test_an_address_is_found_as_mails_write_it_and_no_other(resources: Resources, words: str, found: bool) -> None:
    who = Identity(("ann@x.example",), others=("ann+work@x.example",))
    with resources.database.system() as connection:
        asked = {"words": words, "pattern": who.within}
        assert connection.execute(text("select cast(:words as text) ~* :pattern"), asked).scalar_one() is found


def test_a_sub_address_that_is_somebody_elses_is_not_theirs(resources: Resources, world: World) -> None:
    work = world.email("client").replace("@", "+work@")
    run(world, "update users set email = :work, email_key = :work where id = :id", work=work, id=world.people["member"])
    with resources.database.tenant(world.tenant_id) as connection:
        who = identify(connection, world.email("client"))
        fits = connection.execute(
            text("select cast(:work as text) ~* :exactly"), {"work": work, "exactly": who.exactly}
        )
        assert fits.scalar_one() is False
    assert who.others == (work,)
