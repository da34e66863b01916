"""The number of letters that people can request is limited, even if many are requested at the same moment."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, text

from cases.outgoing import catch_all_letter, password_link
from cases.people import aliases
from storage.database import Database
from tests.builders.world import World

_AT_ONCE = 8


def ask_alias(connection: Connection, world: World, number: int) -> str:
    client, address = world.people["client"], f"a{number}@home.example"
    return str(aliases.ask(connection, world.tenant_id, client, address, by=client, tell_taken=False) or "")


def ask_password(connection: Connection, world: World, number: int) -> str:
    return str(password_link.post(connection, world.tenant_id, world.people["client"], by=None) or "")


def ask_test(connection: Connection, world: World, number: int) -> str:
    return str(catch_all_letter.post_test(connection, world.tenant_id, by=world.people["admin"]) or "")


@pytest.mark.parametrize(
    ("ask", "most"),
    [
        (ask_alias, aliases.MOST),
        (ask_password, password_link.MOST_A_DAY),
        (ask_test, catch_all_letter.MOST),
    ],
    ids=["further addresses", "links to set a password", "tests of the catch-all"],
)
def test_of_many_requests_at_once_no_more_than_the_limit_get_a_letter(
    database: Database, world: World, ask: Callable[[Connection, World, int], str], most: int
) -> None:
    with world.owner().begin() as connection:
        address = text("update tenants set catch_all = 'desk@elsewhere.example' where id = :id")
        connection.execute(address, {"id": world.tenant_id})
    start = threading.Barrier(_AT_ONCE)

    def ask_often(who: int) -> list[str]:
        start.wait(60)
        answers = []
        for turn in range(3):
            with database.tenant(world.tenant_id) as connection:
                answers.append(ask(connection, world, who * 3 + turn))
        return answers

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [answer for mine in pool.map(ask_often, range(_AT_ONCE)) for answer in mine]
    assert answers.count("") == most
    with database.tenant(world.tenant_id) as connection:
        assert connection.execute(text("select count(*) from outbox where kind <> 'security'")).scalar_one() == most
