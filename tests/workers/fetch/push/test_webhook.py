"""The webhooks, served by uvicorn: which requests are accepted, and 2xx only after custody."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
from sqlalchemy import text

from schemas.settings import SettingsError
from storage.database import Database
from storage.resources import Resources
from storage.secret_box import SecretBox
from tests.builders.pushed_mails import add_webhook, mail, mails_of, post, signed
from tests.builders.world import World, make_world
from tests.servers.webhooks import serving
from tests.workers.fetch.push.mailgun_requests import KEY, form
from workers.fetch.content_key import header_of
from workers.fetch.push import endpoints, webhook
from workers.fetch.push.endpoints import Provider
from workers.fetch.push.memory_budget import Patience


def test_a_signed_mail_is_taken_for_each_recipient_before_the_answer(resources: Resources, world: World) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    ours, raw = [f"case-{name}@{world.mail_domain}" for name in ("one", "two")], mail()
    with serving(resources) as url:
        answer = post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, ", ".join(ours)))
        assert (answer.status_code, answer.text[:14]) == (200, "in custody as ")
        assert mails_of(resources, world) == [(address, "a@x.example", "waiting") for address in ours]
    with resources.database.tenant(world.tenant_id) as connection:
        assert resources.blobs.get(connection.execute(text("select raw from mails limit 1")).scalar_one()) == raw


def test_without_an_envelope_the_recipients_are_read_from_the_mail(resources: Resources, world: World) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw = f"Return-Path: <b@y>\r\nDelivered-To: case-1@{world.mail_domain}\r\n".encode() + mail()
    headers = signed(secret, raw, "", sender="")
    del headers["Casemail-Sender"]
    with serving(resources) as url:
        assert post(f"{url}/in/{path}", content=raw, headers=headers).status_code == 200
    assert mails_of(resources, world) == [(f"case-1@{world.mail_domain}", "b@y", "waiting")]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Casemail-Signature": "sha256=" + "0" * 64}, 401),
        ({"Casemail-Signature": ""}, 401),
        ({"Casemail-Recipient": "case-2@elsewhere.example"}, 401),
        ({"Casemail-Sender": "admin@x"}, 401),
        ({"Casemail-Timestamp": "1"}, 401),
    ],
    ids=["a wrong signature", "none", "another recipient", "another sender", "another time"],
)
def test_what_is_not_signed_with_the_secret_does_not_come_in(
    resources: Resources, world: World, change: dict[str, str], status: int
) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw = mail()
    headers = signed(secret, raw, f"case-1@{world.mail_domain}") | change
    with serving(resources) as url:
        assert post(f"{url}/in/{path}", content=raw, headers=headers).status_code == status
        for other in (f"{path}x", "%00", "a" * 200, "..%2Fin"):
            assert post(f"{url}/in/{other}", content=raw, headers=headers).status_code == 404
    assert mails_of(resources, world) == []


def test_a_request_that_is_shown_again_has_no_effect_and_an_old_one_is_refused(
    resources: Resources, world: World
) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw, ours = mail(), f"case-1@{world.mail_domain}"
    headers = signed(secret, raw, ours)
    with serving(resources) as url:
        answers = [post(f"{url}/in/{path}", content=raw, headers=headers) for _ in range(3)]
        old = post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, ours, age=400))
    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[1].text == "in custody already\n"
    assert old.status_code == 403
    assert mails_of(resources, world) == [(ours, "a@x.example", "waiting")], "not even a duplicate"


def test_attack_21_an_endpoint_without_a_secret_takes_nothing(resources: Resources, world: World) -> None:
    path, _ = add_webhook(resources, Provider.GENERIC)
    with resources.database.system() as connection:
        connection.execute(text("update sources set secret = null where location = :path"), {"path": path})
    raw = mail()
    with serving(resources) as url:
        answer = post(f"{url}/in/{path}", content=raw, headers=signed("", raw, f"x@{world.mail_domain}"))
    assert answer.status_code == 403
    assert mails_of(resources, world) == []
    with resources.database.system() as connection, pytest.raises(ValueError, match="signing key is needed"):
        endpoints.add(connection, SecretBox.from_settings(resources.settings), "m", Provider.MAILGUN)
    with resources.database.system() as connection, pytest.raises(ValueError, match="ARN"):
        endpoints.add(connection, SecretBox.from_settings(resources.settings), "s", Provider.SNS)
    bare = Resources(resources.settings.replace(secret_keys=()), resources.database, resources.blobs)
    with pytest.raises(SettingsError, match="CASEMAIL_SECRET_KEYS"):
        webhook.create_app(bare)


def test_a_tenants_webhook_takes_mail_for_that_tenant_alone(resources: Resources, world: World) -> None:
    other = make_world(world.owner_url)
    path, secret = add_webhook(resources, Provider.GENERIC, tenant_id=world.tenant_id)
    raw, theirs = mail(), f"case-1@{other.mail_domain}"
    with serving(resources) as url:
        assert post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, theirs)).status_code == 200
    assert mails_of(resources, world) == [(theirs, "a@x.example", "waiting")]
    assert mails_of(resources, other) == []


@pytest.mark.parametrize("shape", [Provider.GENERIC, Provider.MAILGUN])
def test_of_a_mail_over_the_limit_the_header_is_taken(resources: Resources, world: World, shape: Provider) -> None:
    path, secret = add_webhook(resources, shape, secret=KEY)
    raw, ours = mail() + b"x" * 12_000, f"case-1@{world.mail_domain}"
    with serving(resources, mail_size_limit=10_000) as url:
        if shape is Provider.GENERIC:
            sent = post(f"{url}/in/{path}", content=raw, headers=signed(secret, raw, ours))
        else:
            sent = post(f"{url}/in/{path}/mime", data=form(ours, raw))
        assert (sent.status_code, sent.text[:14]) == (200, "in custody as ")
    with resources.database.tenant(world.tenant_id) as connection:
        row = connection.execute(text("select raw, whole_size from mails")).one()
    assert row.whole_size == len(raw)
    assert resources.blobs.get(row.raw) == header_of(raw)


def test_a_mail_far_over_the_limit_is_refused_before_it_is_in_memory(resources: Resources, world: World) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw = mail() + b"x" * 20_100
    headers = signed(secret, raw, f"case-1@{world.mail_domain}")
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100_000):
            sent += 10_000
            yield b"x" * 10_000

    with serving(resources, mail_size_limit=10_000) as url:
        assert post(f"{url}/in/{path}", content=raw, headers=headers).status_code == 413
        with suppress(httpx.WriteError):  # the server closed the connection early
            assert post(f"{url}/in/{path}", content=endless(), headers=headers).status_code == 413
    assert sent < 100_000_000
    assert mails_of(resources, world) == []


@pytest.mark.parametrize("trouble", ["database", "disk", "memory"])
def test_when_it_cant_be_stored_the_provider_is_asked_to_try_again(
    resources: Resources, world: World, trouble: str
) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw, ours = mail(), f"case-1@{world.mail_domain}"
    headers = signed(secret, raw, ours)
    nowhere = Resources(resources.settings, Database("postgresql+psycopg://nobody@127.0.0.1:1/none"), resources.blobs)
    changes = {"disk": {"disk_reserve": 2**60}, "memory": {"webhook_memory": 1_000_000}}.get(trouble, {})
    patience = Patience(busy=0.2, slow=3_600.0)  # however slow the machine is, those that hold the memory keep it
    limit = {"mail_size_limit": 600_000}
    with serving(nowhere if trouble == "database" else resources, patience=patience, **changes, **limit) as url:
        with holding(url, path, parts=2 if trouble == "memory" else 0):
            answer = post(f"{url}/in/{path}", content=raw, headers=headers)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    with serving(resources) as url:
        assert post(f"{url}/in/{path}", content=raw, headers=headers).status_code == 200
    assert mails_of(resources, world) == [(ours, "a@x.example", "waiting")]


@contextmanager
def holding(url: str, path: str, *, parts: int) -> Iterator[None]:
    """Opens this many requests of 450 KB, and waits until the server reads their bodies, which do not come. Two have
    the share of one peer in 1.2 MB. Closes them after the block."""
    address = httpx.URL(url)
    open_ones = []
    for _ in range(parts):
        connection = socket.create_connection((address.host, address.port or 80), 60)
        head = f"POST /in/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 450000\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        open_ones.append(connection)
    yield
    for connection in open_ones:
        connection.close()
