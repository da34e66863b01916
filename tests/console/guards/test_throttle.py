"""The database limits how often passwords are tried and links by mail are requested."""

import pytest
from sqlalchemy import text

from console.guards.throttle import ADDRESS_AND_ACCOUNT, DEVICE, KNOWN, Throttle, Try, network, place
from storage.database import Database
from tests.builders.rows import run
from tests.builders.world import World


@pytest.fixture
def throttle(database: Database) -> Throttle:
    return Throttle(database, b"a secret")


@pytest.fixture
def wanted(world: World) -> Try:
    """Returns a log-in try that no other test makes."""
    return Try(f"address of {world.slug}", f"{world.slug} ann@people.example")


def pass_by(world: World) -> None:
    """Ends all time windows."""
    run(world, "update log_in_tries set until = now()")


def test_tries_are_let_through_again_when_the_window_has_passed(throttle: Throttle, wanted: Try, world: World) -> None:
    assert [throttle.log_in(wanted) for _ in range(ADDRESS_AND_ACCOUNT.most)] == [0] * ADDRESS_AND_ACCOUNT.most
    assert ADDRESS_AND_ACCOUNT.seconds - 60 < throttle.log_in(wanted) <= ADDRESS_AND_ACCOUNT.seconds
    pass_by(world)
    assert throttle.log_in(wanted) == 0


def test_the_right_password_forgets_the_tries_before_it(throttle: Throttle, wanted: Try) -> None:
    for _ in range(ADDRESS_AND_ACCOUNT.most):
        throttle.log_in(wanted)
    throttle.right(wanted)
    assert throttle.log_in(wanted) == 0


def test_who_logs_in_rightly_uses_up_no_tries_of_others_behind_the_same_address(
    throttle: Throttle, wanted: Try
) -> None:
    for number in range(60):
        colleague = Try(wanted.address, f"colleague {number} of {wanted.account}")
        assert throttle.log_in(colleague) == 0
        throttle.right(colleague)
    assert throttle.log_in(wanted) == 0


def test_a_known_device_has_a_count_of_its_own(throttle: Throttle, wanted: Try) -> None:
    device = Try(wanted.address, wanted.account, f"device of {wanted.account}")
    while throttle.log_in(wanted) == 0:
        pass
    assert [throttle.log_in(device) for _ in range(DEVICE.most)] == [0] * DEVICE.most
    assert throttle.log_in(device) > 0


def test_under_attack_an_address_that_logged_in_before_keeps_all_its_tries(throttle: Throttle, wanted: Try) -> None:
    throttle.log_in(wanted)
    throttle.right(wanted)
    assert [throttle.refused(wanted) for _ in range(101)][-1] == 101
    assert [throttle.log_in(wanted) for _ in range(ADDRESS_AND_ACCOUNT.most)] == [0] * ADDRESS_AND_ACCOUNT.most
    stranger = Try("a new address", wanted.account)
    assert [throttle.log_in(stranger) > 0 for _ in range(4)] == [False] * 3 + [True]


def test_what_is_over_goes_and_nothing_can_be_read_from_what_is_there(
    throttle: Throttle, wanted: Try, world: World, database: Database
) -> None:
    throttle.log_in(wanted)
    throttle.right(wanted)
    pass_by(world)
    for number in range(60):
        throttle.log_in(Try(f"{world.slug} {number}", f"{wanted.account} {number}"))
    with database.system() as connection:
        over = connection.execute(text("select count(*) from log_in_tries where until <= now()")).scalar_one()
        keys = connection.execute(text("select key from log_in_tries")).scalars().all()
    assert over == 0
    assert not any(world.slug.encode() in bytes(key) for key in keys)
    assert KNOWN.seconds == 90 * 24 * 3600


@pytest.mark.parametrize(
    ("address", "own", "all_near"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::", "2001:db8:1::"),
        ("testclient", "testclient", "testclient"),
    ],
)
def test_an_address_is_counted_with_its_household_and_its_network(address: str, own: str, all_near: str) -> None:
    assert place(address) == own
    assert network(place(address)) == all_near
