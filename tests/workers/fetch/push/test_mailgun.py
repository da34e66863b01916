"""Mailgun's requests: their forms, their signatures, and requests that are shown again."""

import pytest
from sqlalchemy import text

from storage import webhooks
from storage.resources import Resources
from tests.builders.pushed_mails import add_webhook, mail, mails_of, post, signed
from tests.builders.world import World
from tests.servers.webhooks import serving
from tests.workers.fetch.push.mailgun_requests import KEY, form
from workers.fetch.push.endpoints import Provider


@pytest.mark.parametrize("multipart", [False, True], ids=["urlencoded", "multipart"])
def test_mailgun_pushes_a_mail_as_it_is_in_either_form(resources: Resources, world: World, multipart: bool) -> None:
    path, _ = add_webhook(resources, Provider.MAILGUN, secret=KEY)
    raw, ours = mail() + "Grüße + 100 %\r\n".encode() * 2_000, f"case-1@{world.mail_domain}"
    fields = form(ours, raw)
    with serving(resources) as url:
        for _ in range(2):
            if multipart:
                sent = {name: (None, value) for name, value in fields.items()}
                answer = post(f"{url}/in/{path}/mime", files=sent)
            else:
                answer = post(f"{url}/in/{path}/mime", data=fields)
            assert answer.status_code == 200
    assert mails_of(resources, world) == [(ours, "a@x.example", "waiting")]
    with resources.database.tenant(world.tenant_id) as connection:
        assert resources.blobs.get(connection.execute(text("select raw from mails")).scalar_one()) == raw


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"signature": "0" * 64}, 401),
        ({"token": "another"}, 401),
        ({"timestamp": ""}, 401),
        ({"body-mime": None}, 400),
    ],
    ids=["a wrong signature", "another token", "no time", "no mail"],
)
def test_mailgun_is_known_by_its_signature(
    resources: Resources, world: World, change: dict[str, str | None], status: int
) -> None:
    path, _ = add_webhook(resources, Provider.MAILGUN, secret=KEY)
    fields = {
        name: value for name, value in (form(f"x@{world.mail_domain}", mail()) | change).items() if value is not None
    }
    old = form(f"x@{world.mail_domain}", mail(), age=100_000)
    with serving(resources) as url:
        assert post(f"{url}/in/{path}/mime", data=fields).status_code == status
        assert post(f"{url}/in/{path}/mime", data=old).status_code == 403
        broken = post(
            f"{url}/in/{path}", content=b"--x\r\nrubbish", headers={"Content-Type": "multipart/form-data; boundary=y"}
        )
        assert broken.status_code in {400, 401}
        assert post(f"{url}/in/{path}", content=b"rubbish").status_code in {400, 401}
    assert mails_of(resources, world) == []


def test_old_requests_are_forgotten(resources: Resources, world: World) -> None:
    path, secret = add_webhook(resources, Provider.GENERIC)
    raw = mail()
    with serving(resources) as url:
        headers = signed(secret, raw, f"x@{world.mail_domain}")
        assert post(f"{url}/in/{path}", content=raw, headers=headers).status_code == 200
    count = text(
        "select count(*) from webhook_requests r join sources s on s.id = r.source_id where s.location = :path"
    )
    with world.owner().begin() as connection:
        assert connection.execute(count, {"path": path}).scalar_one() == 1
        connection.execute(text("update webhook_requests set seen_at = seen_at - interval '4 days'"))
    with resources.database.system() as connection:
        webhooks.forget_requests(connection)
        assert connection.execute(text("select count(*) from webhook_requests")).scalar_one() == 0
