"""What a log line may say: no whole address, and of an error nothing that could quote a mail."""

import json
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from ops.embedded import Postgres
from ops.logs.words import LONGEST, allowed, described, shortened, traced
from schemas.records import FetchedMail
from workers.errors import TransientError
from workers.fetch.mailbox.transport import SourceError

SECRET = "Meet me at the harbour"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 5.1.1 <ann.smith@client.example> unknown", "550 5.1.1 <a***@client.example> unknown"),
        ("case-7+k3vq2@cases.example.org", "c***@cases.example.org"),
        ("bounces+ann=client.example@cases.example", "b***@cases.example"),
        ("ann@a.example,bob@[127.0.0.1]; zoë@ü.example", "a***@a.example,b***@[127.0.0.1]; z***@ü.example"),
        ('to "ann smith"@client.example', "to ***@client.example"),
        ("postgresql://casemail:secret@db/casemail", "postgresql://casemail:s***@db/casemail"),
        ("a lone @ stays, and so does name@", "a lone @ stays, and so does name@"),
    ],
)
def test_an_address_is_shortened_to_its_first_letter_and_its_domain(text: str, shown: str) -> None:
    assert shortened(text) == shown


def test_a_long_text_is_cut_and_costs_no_more_than_its_length() -> None:
    assert len(shortened("a" * 10_000_000 + "@x")) < LONGEST + 10
    assert shortened(("a" * 300 + ",") * 3 + "@x").count("a") > 300


def wrong_record() -> None:
    FetchedMail.model_validate({"custody": {"subject": SECRET}})


def wrong_json() -> None:
    json.loads(f'{{"subject": {SECRET}')


def wrong_bytes() -> None:
    SECRET.encode("utf-16").decode("ascii")


def wrong_key() -> None:
    dict[str, str]()[SECRET]  # it is to fail


@pytest.mark.parametrize("work", [wrong_record, wrong_json, wrong_bytes, wrong_key])
def test_an_error_that_may_quote_what_it_could_not_read_shows_only_its_class(work: Callable[[], None]) -> None:
    def stage() -> None:
        try:
            work()
        except (ValueError, KeyError) as error:
            raise RuntimeError("the stage failed") from error

    with pytest.raises(RuntimeError) as failed:
        stage()
    cause = failed.value.__cause__
    assert cause is not None
    assert described(cause) == type(cause).__name__
    shown = traced(failed.value)
    assert shown.endswith("RuntimeError: the stage failed")
    assert type(cause).__name__ in shown
    assert work.__name__ in shown, "where it happened"
    assert SECRET not in shown


def test_errors_of_servers_and_of_our_own_are_shown_with_their_words() -> None:
    assert described(ConnectionRefusedError(111, "Connection refused")) == (
        "ConnectionRefusedError: [Errno 111] Connection refused"
    )
    assert described(TransientError("clamd\n does not answer")) == "TransientError: clamd does not answer"
    assert described(SourceError("no such user ann@client.example")) == "SourceError: no such user a***@client.example"
    both = ExceptionGroup("", [TypeError("not a str"), ValueError(SECRET)])
    assert described(both) == "ExceptionGroup: TypeError: not a str; ValueError"


def test_an_error_of_the_database_is_shown_without_the_values_of_its_rows(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("create temporary table said (words text unique)")
        connection.execute("insert into said values (%s)", (SECRET,))
        with pytest.raises(psycopg.errors.UniqueViolation) as twice:
            connection.execute("insert into said values (%s)", (SECRET,))
        with pytest.raises(psycopg.DataError) as odd:
            connection.execute("select %s::text::int", (SECRET,))
    assert SECRET in str(twice.value)
    assert SECRET in str(odd.value)
    shown = described(IntegrityError("insert", {}, twice.value))
    assert shown.startswith("IntegrityError: duplicate key value violates unique constraint")
    assert SECRET not in shown
    assert described(odd.value) == type(odd.value).__name__


def test_errors_and_addresses_are_shortened_wherever_they_stand_in_a_field() -> None:
    given = {"errors": [ValueError(SECRET), "ann@x.example"], "count": 3, "more": {"to": ("bob@x.example",)}}
    shown = {"errors": ["ValueError", "a***@x.example"], "count": 3, "more": {"to": ["b***@x.example"]}}
    assert allowed(given) == shown
