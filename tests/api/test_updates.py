"""Updates by the API: posted by the rules of the form; a host can send the notices itself."""

from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import Any

import pytest

from cases.outgoing import notices
from cases.outgoing.fingerprint import read_mark
from schemas.own_mail import OWN_MAIL_FIELD
from schemas.tables import new_id, now
from storage.resources import Resources
from tests.api.client import Api, Client
from tests.builders.files import picture
from tests.builders.rows import run
from tests.builders.world import KEYS, World
from tests.console.cases.two_ways import Desk
from workers.fetch.custody import Arrival, CustodyService

PNG = picture("PNG")


def update(world: World, **more: Any) -> dict[str, Any]:
    return {"author": {"email": world.email("manager")}, "text": "The part is here."} | more


def test_an_update_is_posted_and_its_recipients_are_told(host: Client, world: World) -> None:
    path = f"/cases/{world.case_id}/updates"
    asked = update(world, recipients=[{"email": world.email("client")}, {"id": str(world.people["staff"])}])
    answer = host.http.post(path, json=asked)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["text"], made["via"], made["waits"]) == ("The part is here.", "api", False)
    assert host.ask("GET", answer.headers["location"].removeprefix("/api/v1")) == made
    assert host.ask("GET", path)["data"] == [made]
    told = run(world, "select to_email from outbox where kind = 'notice' and tenant_id = :id", id=world.tenant_id)
    assert {email for (email,) in told} == {world.email("client"), world.email("staff")}


def test_a_repeated_post_with_the_same_key_posts_once(host: Client, world: World) -> None:
    path = f"/cases/{world.case_id}/updates"
    first, second = (
        host.ask("POST", path, 201, json=update(world), headers={"Idempotency-Key": "k"}) for _ in range(2)
    )
    assert first == second
    assert len(host.ask("GET", path)["data"]) == 1


def test_a_file_is_examined_stored_and_listed(host: Client, world: World) -> None:
    path = f"/cases/{world.case_id}/updates"
    good = {"name": "part.png", "type": "image/png", "content": b64encode(PNG).decode()}
    made = host.ask("POST", path, 201, json=update(world, files=[good]))
    (file,) = made["files"]
    assert (file["name"], file["type"], file["size"]) == ("part.png", "image/png", len(PNG))
    answer = host.http.get(f"/updates/{made['id']}/files/{file['id']}")
    assert answer.content == PNG
    assert answer.headers["content-disposition"].startswith("attachment")
    bad = good | {"name": "run.exe", "content": b64encode(b"MZ" + bytes(100)).decode()}
    assert "run.exe" in host.refusal("POST", path, json=update(world, files=[bad]))["detail"]
    assert host.refusal("POST", path, json=update(world, files=[good | {"content": "%"}]))["errors"]
    assert len(host.ask("GET", path)["data"]) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"author": {"email": "nobody@x.example"}}, "author"),
        ({"recipients": [{"email": "nobody@x.example"}]}, "recipients.0"),
        ({"text": "a\0b"}, "text"),
        ({"send": "nobody"}, "send"),
        ({"to": "a@b"}, "to"),
    ],
)
def test_what_is_wrong_is_named(host: Client, world: World, change: dict[str, Any], field: str) -> None:
    problem = host.refusal("POST", f"/cases/{world.case_id}/updates", json=update(world) | change)
    assert [error["field"] for error in problem["errors"]] == [field]


def test_a_host_that_mails_by_itself_gets_all_that_an_answer_needs(
    api: Api, host: Client, world: World, resources: Resources
) -> None:
    asked = update(world, recipients=[{"email": world.email("client")}], send="host")
    made = host.ask("POST", f"/cases/{world.case_id}/updates", 201, json=asked)
    assert run(world, "select 1 from outbox where kind = 'notice' and tenant_id = :id", id=world.tenant_id) == []
    (recipient,) = host.ask("GET", f"/updates/{made['id']}/recipients")["data"]
    assert recipient["email"] == world.email("client")
    assert recipient["headers"]["Auto-Submitted"] == "auto-generated"
    assert recipient["delivery"] == "host"
    assert "\n" not in "".join(recipient["headers"].values())
    mark = read_mark(KEYS, recipient["headers"][OWN_MAIL_FIELD])
    assert mark is not None

    answer = EmailMessage(policy=SMTP)
    answer["From"], answer["To"] = world.email("client"), recipient["reply_to"]
    answer["Subject"], answer["Date"] = f"Re: {recipient['subject']}", now()
    answer["Message-ID"], answer["In-Reply-To"] = f"<{new_id()}@people.example>", recipient["message_id"]
    written = "On Mon, 23 Nov 2026 at 12:00, Manager (Tenant) wrote:"
    answer.set_content(f"Thank you!\n\n{written}\n> {recipient['marker']}\n> The part is here.\n")
    arrival = Arrival(answer.as_bytes(), recipient["reply_to"], world.email("client"), "test")
    CustodyService(resources).take(new_id(), [arrival])
    ((mail_id,),) = run(world, "select id from mails where tenant_id = :id", id=world.tenant_id)
    assert Desk(world, resources, lambda *_: None).through(mail_id) is None  # type: ignore[arg-type]
    newest = host.ask("GET", f"/cases/{world.case_id}/updates")["data"][0]
    assert (newest["text"], newest["answers"], newest["via"]) == ("Thank you!", made["id"], "email")
    assert newest["email_id"] == str(mail_id)
    assert host.ask("GET", f"/emails/{mail_id}")["update_id"] == newest["id"]


def test_the_fields_for_a_host_are_those_of_our_own_notice(host: Client, world: World, resources: Resources) -> None:
    asked = update(world, recipients=[{"email": world.email("client")}])
    made = host.ask("POST", f"/cases/{world.case_id}/updates", 201, json=asked)
    (recipient,) = host.ask("GET", f"/updates/{made['id']}/recipients")["data"]
    ((row_id,),) = run(world, "select id from update_recipients where update_id = :id", id=made["id"])
    with resources.database.tenant(world.tenant_id) as connection:
        (notice,) = notices.load(connection, [row_id], KEYS)
    mail = message_from_bytes(notices.compose(notice, KEYS, "https://console.example"), policy=default)
    for name, value in recipient["headers"].items():
        assert " ".join(str(mail[name]).split()) == value
    assert mail["Message-ID"] == recipient["message_id"]
    assert mail["Reply-To"] == recipient["reply_to"]
    assert mail["Subject"] == recipient["subject"]


def test_another_tenants_update_does_not_exist(host: Client, other: Client, world: World) -> None:
    made = host.ask("POST", f"/cases/{world.case_id}/updates", 201, json=update(world))
    other.refusal("GET", f"/updates/{made['id']}", 404)
    other.refusal("GET", f"/updates/{made['id']}/recipients", 404)
    other.refusal("POST", f"/updates/{made['id']}/approval", json={"decision": "approved"})
    other.refusal("POST", f"/cases/{world.case_id}/updates", 404, json=update(world))


def waiting(host: Client, world: World) -> dict[str, Any]:
    """Posts an update of a client that must be approved; returns it."""
    run(
        world,
        "update access_groups set require_validation = true where tenant_id = :id returning id",
        id=world.tenant_id,
    )
    asked = update(world, author={"email": world.email("client")}, recipients=[{"email": world.email("member")}])
    made: dict[str, Any] = host.ask("POST", f"/cases/{world.case_id}/updates", 201, json=asked)
    assert made["waits"]
    return made


def test_an_update_that_waits_is_approved_and_its_notices_are_sent(host: Client, world: World) -> None:
    path = f"/updates/{waiting(host, world)['id']}"
    assert host.ask("GET", f"{path}/recipients")["data"] == []
    for name in ("staff", "client"):
        problem = host.refusal(
            "POST", f"{path}/approval", json={"decision": "approved", "by": {"email": world.email(name)}}
        )
        assert problem["errors"][0]["field"] == "by"
    assert host.ask("POST", f"{path}/approval", json={"decision": "approved"})["waits"] is False
    told = host.ask("GET", f"{path}/recipients")["data"]
    assert {(each["email"], each["delivery"]) for each in told} == {
        (world.email("manager"), "waiting"),
        (world.email("member"), "waiting"),
    }
    host.refusal("POST", f"{path}/approval", 409, json={"decision": "approved"})


def test_an_update_that_waits_is_returned_with_a_note(host: Client, world: World) -> None:
    path = f"/updates/{waiting(host, world)['id']}"
    assert (
        "Write to its author why" in host.refusal("POST", f"{path}/approval", json={"decision": "returned"})["detail"]
    )
    host.ask("POST", f"{path}/approval", json={"decision": "returned", "note": "Which part?"})
    ((email,),) = run(
        world, "select to_email from outbox where kind = 'decision' and tenant_id = :id", id=world.tenant_id
    )
    assert email == world.email("client")
