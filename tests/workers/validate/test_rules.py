"""Who may post by mail: each rule, tested on a real database."""

from uuid import UUID

import pytest
from sqlalchemy import text

from cases.inbound import dispositions
from cases.outgoing.fingerprint import OwnKind, OwnMail, write_mark
from schemas.reasons import Disposition, Reason
from schemas.records import AutomaticMail, Rejection, ValidatedMail
from schemas.tables import OPERATOR
from storage.database import Database
from storage.resources import Resources
from tests.builders.addresses import case_address, reply_address
from tests.builders.decisions import decide, reason_of
from tests.builders.world import KEYS, World, in_ledger, make_world, parsed
from workers.validate.stage import validate


@pytest.fixture
def update_id(database: Database, world: World) -> UUID:
    return world.post(database, "staff", "client")


@pytest.fixture
def address(database: Database, world: World, update_id: UUID) -> str:
    return reply_address(database, world, update_id, "client")


def test_a_recipient_answers_the_update(resources: Resources, world: World, update_id: UUID, address: str) -> None:
    result = decide(resources, world, address, world.email("client").upper())
    assert isinstance(result, ValidatedMail)
    assert (result.target.answers, result.target.case_id) == (update_id, world.case_id)
    assert result.target.author_id == world.people["client"]


def test_another_recipient_of_the_same_update_may_use_the_address(
    resources: Resources, world: World, address: str
) -> None:
    assert isinstance(decide(resources, world, address, world.email("manager")), ValidatedMail)


@pytest.mark.parametrize(
    ("author", "why"),
    [
        ("member", Reason.NOT_A_RECIPIENT),
        ("admin", Reason.NOT_A_RECIPIENT),
        ("staff", Reason.NOT_A_RECIPIENT),
        ("archived", Reason.AUTHOR_INACTIVE),
        ("nobody", Reason.AUTHOR_UNKNOWN),
    ],
)
def test_a_reply_address_alone_is_no_permission(
    resources: Resources, world: World, address: str, author: str, why: Reason
) -> None:
    assert reason_of(decide(resources, world, address, world.email(author))) is why


def test_the_database_decides_at_the_time_of_processing(resources: Resources, world: World, address: str) -> None:
    with world.owner().begin() as connection:
        connection.execute(text("update users set active = false where id = :id"), {"id": world.people["client"]})
    assert reason_of(decide(resources, world, address, world.email("client"))) is Reason.AUTHOR_INACTIVE


def test_a_recipient_who_lost_access_to_the_case_can_not_answer(
    resources: Resources, world: World, address: str
) -> None:
    with world.owner().begin() as connection:
        connection.execute(text("delete from case_members where user_id = :id"), {"id": world.people["client"]})
    assert reason_of(decide(resources, world, address, world.email("client"))) is Reason.NOT_ALLOWED


@pytest.mark.parametrize(
    ("author", "posts"), [("member", True), ("staff", True), ("outsider", False), ("nobody", False)]
)
def test_a_case_address_is_for_those_who_may_post_on_the_case(
    resources: Resources, world: World, author: str, posts: bool
) -> None:
    assert isinstance(decide(resources, world, case_address(world), world.email(author)), ValidatedMail) is posts


def test_a_retired_case_address_posts_nothing(resources: Resources, world: World) -> None:
    assert (
        reason_of(decide(resources, world, case_address(world, retired=True), world.email("client")))
        is Reason.EXPIRED_ADDRESS
    )


def test_an_address_of_another_tenant_posts_nothing(resources: Resources, world: World, address: str) -> None:
    other = make_world(world.owner_url)
    moved = address.replace(world.mail_domain, other.mail_domain)
    assert reason_of(decide(resources, other, moved, other.email("client"))) is Reason.UNKNOWN_ADDRESS


def test_a_user_of_another_tenant_is_a_stranger(resources: Resources, world: World, address: str) -> None:
    other = make_world(world.owner_url)
    assert reason_of(decide(resources, world, address, other.email("admin"))) is Reason.AUTHOR_UNKNOWN


def test_an_unclear_author_can_not_post(resources: Resources, world: World, address: str) -> None:
    result = decide(resources, world, address, "", author_problem="there are two From fields")
    assert reason_of(result) is Reason.AUTHOR_UNCLEAR
    assert isinstance(result, Rejection)
    assert result.evidence == {"problem": "there are two From fields"}


@pytest.mark.parametrize("kind", AutomaticMail)
def test_automatic_mail_never_posts_whoever_sent_it(
    resources: Resources, world: World, address: str, kind: AutomaticMail
) -> None:
    result = decide(resources, world, address, world.email("client"), machine=kind, machine_evidence="a sign")
    assert reason_of(result) == kind.value


#: Kinds of mail without words of a person: for these a tenant's choice to drop counts for everybody.
WORDLESS = {AutomaticMail.AUTO_REPLY, AutomaticMail.READ_RECEIPT, AutomaticMail.REACTION}
WORDLESS |= {AutomaticMail.OWN_MAIL, AutomaticMail.LOOP}


@pytest.mark.parametrize("kind", AutomaticMail)
@pytest.mark.parametrize(("author", "could_post"), [("client", True), ("nobody", False), ("archived", False)])
def test_only_a_wordless_kind_of_mail_can_be_dropped_for_a_person_who_could_post(
    resources: Resources, world: World, address: str, kind: AutomaticMail, author: str, could_post: bool
) -> None:
    result = decide(resources, world, address, world.email(author), machine=kind, machine_evidence="a sign")
    assert isinstance(result, Rejection)
    assert result.never_drop is (could_post and kind not in WORDLESS)


def test_a_person_who_is_rejected_for_another_reason_is_not_held_for_that(
    resources: Resources, world: World, address: str
) -> None:
    result = decide(resources, world, address, world.email("nobody"))
    assert isinstance(result, Rejection)
    assert not result.never_drop


@pytest.mark.parametrize("choice", [Disposition.POST, Disposition.HOLD, Disposition.FORWARD])
def test_a_reaction_posts_only_where_the_tenant_chose_so_and_by_the_same_rules(
    resources: Resources, world: World, address: str, choice: Disposition
) -> None:
    with resources.database.tenant(world.tenant_id) as connection:
        dispositions.choose(connection, world.tenant_id, {Reason.REACTION: choice})
    reaction = {"machine": AutomaticMail.REACTION, "machine_evidence": "a sign"}
    result = decide(resources, world, address, world.email("client"), **reaction)
    assert isinstance(result, ValidatedMail) is (choice is Disposition.POST)
    stranger = reason_of(decide(resources, world, address, world.email("nobody"), **reaction))
    assert stranger is (Reason.AUTHOR_UNKNOWN if choice is Disposition.POST else Reason.REACTION)


def mark(world: World, kind: OwnKind = OwnKind.NOTICE) -> str:
    return write_mark(KEYS, OwnMail(kind, world.case_id))


@pytest.mark.parametrize("kind", OwnKind)
def test_our_own_mail_is_known_by_its_fingerprint(
    resources: Resources, world: World, address: str, kind: OwnKind
) -> None:
    result = decide(resources, world, address, world.email("client"), own_mark=mark(world, kind))
    assert reason_of(result) is Reason.OWN_MAIL
    assert isinstance(result, Rejection)
    assert mark(world, kind) in result.evidence["sign"]


def test_our_own_mail_from_another_tenant_is_known_too(resources: Resources, world: World, address: str) -> None:
    other = make_world(world.owner_url)
    assert reason_of(decide(resources, world, address, world.email("client"), own_mark=mark(other))) is Reason.OWN_MAIL


@pytest.mark.parametrize("forged", ["notice", "1.abc", "notice.00000000000000000000000000000001.aaaaaaaaaaaaaaaaa"])
def test_a_forged_fingerprint_changes_nothing(resources: Resources, world: World, address: str, forged: str) -> None:
    assert isinstance(decide(resources, world, address, world.email("client"), own_mark=forged), ValidatedMail)
    assert reason_of(decide(resources, world, address, world.email("staff"), own_mark=forged)) is Reason.NOT_A_RECIPIENT


def test_with_replies_off_nothing_posts_and_the_mail_can_be_held(
    resources: Resources, world: World, address: str
) -> None:
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set replies_on = false where id = :id"), {"id": world.tenant_id})
    assert reason_of(decide(resources, world, address, world.email("client"))) is Reason.REPLIES_OFF


@pytest.mark.parametrize("kind", [AutomaticMail.OWN_MAIL, AutomaticMail.LOOP])
def test_a_mail_that_goes_round_is_known_as_such_also_while_replies_are_off(
    resources: Resources, world: World, address: str, kind: AutomaticMail
) -> None:
    with world.owner().begin() as connection:
        connection.execute(text("update tenants set replies_on = false where id = :id"), {"id": world.tenant_id})
    assert reason_of(decide(resources, world, address, world.email("client"), machine=kind)) == kind.value


def test_threading_headers_and_subject_decide_nothing(resources: Resources, world: World, address: str) -> None:
    result = decide(
        resources, world, f"other@{world.mail_domain}", world.email("client"), in_reply_to="<1@x>", subject="Re: 2026-7"
    )
    assert reason_of(result) is Reason.UNKNOWN_ADDRESS


def test_mail_for_no_tenant_is_the_operators(resources: Resources, world: World) -> None:
    custody = in_ledger(world).model_copy(update={"tenant_id": OPERATOR})
    assert reason_of(validate([parsed(custody, world.email("client"))], resources)[0]) is Reason.UNKNOWN_TENANT
