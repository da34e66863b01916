"""The demo's mails go through real processes; the tests check every end state, text, file, forward and notice."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from urllib.request import urlopen

import pytest
from rich.console import Console
from sqlalchemy import text

from cases.addresses.tokens import AddressKind, read
from docs.metrics_page import defined
from ops.demo import checks, mailprogram, outcomes, show
from ops.demo.demo import Demo, Ended
from ops.demo.outcomes import Outcome
from ops.demo.scenario import ANSWERS
from ops.demo.waiting import WaitedTooLongError, wait_until
from ops.demo.world import PEOPLE, TENANTS, UPDATE_WHEN_OFF
from ops.grafana.boards import BOARDS, file_of
from ops.grafana.model import Board
from schemas.own_mail import OWN_MAIL_FIELD
from tests.ops.grafana.asking import Asked, choices, has_figures, queries
from tests.servers.prometheus import Prometheus

NAMES = [answer.name for answer in ANSWERS]
POSTED = [answer.name for answer in ANSWERS if answer.reason is None]
FORWARDED = [answer.name for answer in ANSWERS if answer.state == "forwarded"]


#: Roles that the demo does not start.
NOT_THERE = ("webhook",)
#: A busy machine takes more than a second to answer a scrape.
_SCRAPE_SECONDS = 5


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Prometheus]]:
    """Yields the demo after its mails were delivered, and a Prometheus that has watched all of it."""
    with Demo(tmp_path_factory.mktemp("demo")) as running:
        metrics_of = running.settings.metrics
        roles = (*running.cluster.processes, *NOT_THERE)
        targets = {f"casemail-{role}": f"{metrics_of.host}:{metrics_of.port(role)}" for role in roles}
        with Prometheus(tmp_path_factory.mktemp("prometheus"), targets, seconds=_SCRAPE_SECONDS) as prometheus:
            # a rate is seen only from the second scrape on
            up = f"count(up == 1) == {len(roles) - len(NOT_THERE)}"
            wait_until(lambda: bool(prometheus.ask("query", query=up)["result"]), seconds=120, what="all roles")
            running.seed()
            running.deliver()
            yield running, prometheus


@pytest.fixture(scope="module")
def demo(watched: tuple[Demo, Prometheus]) -> Demo:
    """Returns the demo after its mails were delivered."""
    return watched[0]


@pytest.fixture(scope="module")
def prometheus(watched: tuple[Demo, Prometheus]) -> Prometheus:
    """Returns the Prometheus that watches the demo."""
    return watched[1]


@pytest.fixture(scope="module")
def ended(demo: Demo) -> dict[str, Ended]:
    """Waits until all mails have ended; returns each mail and its outcome by its name."""
    return {mail.sent.answer.name: mail for mail in demo.wait(90)}


def outcome(ended: dict[str, Ended], name: str) -> Outcome:
    """Returns the outcome of a mail that must be in the ledger."""
    found = ended[name].outcome
    assert found is not None
    return found


@pytest.mark.parametrize("name", NAMES)
def test_each_mail_ends_in_its_state_for_its_reason(ended: dict[str, Ended], name: str) -> None:
    answer, found = ended[name].sent.answer, outcome(ended, name)
    assert (found.state, found.reason) == (answer.state, answer.reason or "")


@pytest.mark.parametrize("name", POSTED)
def test_an_update_has_the_writers_words_and_no_quoted_ones(ended: dict[str, Ended], name: str) -> None:
    answer, found = ended[name].sent.answer, outcome(ended, name)
    assert [words for words in answer.says if words not in found.text] == []
    assert [words for words in answer.hides if words in found.text] == []


@pytest.mark.parametrize("name", POSTED)
def test_an_update_has_its_files_and_names_those_left_out(ended: dict[str, Ended], name: str) -> None:
    answer, found = ended[name].sent.answer, outcome(ended, name)
    assert (found.files, found.left_out) == (answer.files, answer.left_out)


@pytest.mark.parametrize("name", FORWARDED)
def test_the_catch_all_gets_the_original_bytes_with_the_reason(demo: Demo, ended: dict[str, Ended], name: str) -> None:
    sent, found = ended[name].sent, outcome(ended, name)
    catch_all = next(t.catch_all for t in TENANTS if demo.planted.tenants[t.slug] == found.tenant_id)
    original = b"\r\n".join(sent.data.replace(b"\r\n", b"\n").split(b"\n"))
    forwards = [mail.data for mail in demo.sink.to(catch_all) if original in mail.data]
    assert len(forwards) == 1
    head, _, _ = forwards[0].partition(original)
    assert f"Subject: Inbound email not posted: {found.reason}".encode() in head
    assert b"Content-Type: message/rfc822" in head


@pytest.mark.usefixtures("ended")
def test_only_forwarded_mails_reach_a_catch_all(demo: Demo) -> None:
    assert len(demo.catch_all_mails()) == len(FORWARDED)


def test_a_notice_goes_to_one_person_with_the_reply_address_made_for_them(demo: Demo, ended: dict[str, Ended]) -> None:
    keys, seen = demo.settings.secrets.address_keys, set()
    on = [mail for mail in demo.notices() if UPDATE_WHEN_OFF.text not in mailprogram.read(mail).text]
    # the notices of three updates by form, and of each answer
    assert len(on) > len(ended)
    for mail in on:
        local, _, domain = mailprogram.read(mail).reply_to.partition("@")
        tenant_id = next(demo.planted.tenants[slug] for slug, own in demo.planted.mail_domains.items() if own == domain)
        address = read(keys, tenant_id, local)
        assert address is not None
        assert address.kind is AddressKind.REPLY
        with demo.database.tenant(tenant_id) as connection:
            query = text("select email from update_recipients where handle = :handle")
            assert (connection.execute(query, {"handle": address.handle}).scalar_one(),) == mail.recipients
        seen.add(address.handle)
    assert len(seen) == len(on)


@pytest.mark.usefixtures("ended")
def test_a_notice_shows_nobody_elses_address_or_reply_address(demo: Demo) -> None:
    notices = [(mail, mailprogram.read(mail)) for mail in demo.notices()]
    for mail, seen in notices:
        shown = "\n".join((seen.header, seen.text, seen.html))
        others = {person.email for person in PEOPLE.values()} - {*mail.recipients, seen.reply_to}
        others |= {other.reply_to for _, other in notices} - {seen.reply_to}
        assert [address for address in others if address in shown] == []
        assert f"{OWN_MAIL_FIELD}: notice" in seen.header


@pytest.mark.usefixtures("ended")
def test_the_author_and_the_other_recipients_get_a_notice_of_an_answer(demo: Demo) -> None:
    found = [mail.recipients for mail in demo.notices() if "Thursday at ten suits" in mailprogram.read(mail).text]
    assert sorted(found) == sorted((PEOPLE[key].email,) for key in ("tom", "dev", "karl", "aiko"))


def test_with_replies_switched_off_answers_go_to_the_author_and_late_ones_are_held(
    demo: Demo, ended: dict[str, Ended]
) -> None:
    before, after = (mailprogram.read(mail) for mail in demo.sink.to(PEOPLE["max"].email))
    assert before.reply_to.endswith("@" + demo.planted.mail_domains[PEOPLE["max"].tenant])
    assert after.reply_to == PEOPLE["vera"].email
    late = next(mail for mail in ended.values() if mail.sent.recipient == before.reply_to)
    assert late.outcome is not None
    assert (late.outcome.state, late.outcome.reason) == ("held", "replies_off")


@pytest.mark.usefixtures("ended")
def test_every_mail_is_accounted_for(demo: Demo) -> None:
    lines = demo.conservation()
    assert sum(line.received for line in lines) == len(ANSWERS)
    assert {line.tenant: (line.unaccounted, line.in_flight) for line in lines} == dict.fromkeys(
        [*demo.planted.slugs.values(), "operator"], (0, 0)
    )


def test_every_batch_is_finished_and_timed(demo: Demo, ended: dict[str, Ended]) -> None:
    batches = outcomes.batch_latencies(demo.database, [outcome(ended, name) for name in NAMES])
    assert {batch.kind for batch in batches} == {"lmtp", "maildir"}
    assert sum(batch.mails for batch in batches) == len(ANSWERS)
    assert all(batch.seconds is not None and batch.seconds > 0 for batch in batches)


@pytest.mark.usefixtures("ended")
def test_the_metrics_show_conservation_latency_and_lag(demo: Demo) -> None:
    url = f"http://{demo.settings.metrics.host}:{demo.settings.metrics.port('dispatch')}/metrics"

    def read() -> str:
        with urlopen(url, timeout=60) as response:
            return str(response.read().decode())

    lag = 'casemail_consumer_lag{topic="inbound.parse"}'
    wait_until(lambda: lag in read(), seconds=60, what="the figures of Kafka")  # on a busy machine, a reading is late
    shown = read()
    for slug in demo.planted.slugs.values():
        assert f'casemail_mails{{place="unaccounted",tenant="{slug}"}} 0.0' in shown
    assert 'casemail_batch_latency_seconds_count{source="maildir"}' in shown
    assert 'casemail_stage_records_total{outcome="done",stage="post"}' in shown


@pytest.mark.usefixtures("ended")
def test_every_alert_asks_for_metrics_that_there_are_and_is_quiet(demo: Demo, prometheus: Prometheus) -> None:
    groups = prometheus.ask("rules")["groups"]
    alerts = {rule["name"]: rule["query"] for group in groups for rule in group["rules"]}
    assert len(alerts) > 30
    for quiet in ("NotWatched", "PartUnreadable", "QueueNotRead", "QueueStopped", "MailGivenUp", "CanaryMissing"):
        query = alerts[f"Casemail{quiet}"]
        wait_until(lambda query=query: not prometheus.ask("query", query=query)["result"], seconds=60, what=quiet)  # type: ignore[misc]
    used = set(re.findall(r"\b(?:casemail|dramatiq)_[a-z_]+\b", "\n".join(alerts.values())))
    assert len(used) > 20
    assert {re.sub("_(bucket|count)$", "", name) for name in used} <= defined().keys()


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_panel_annotation_and_variable_of_a_dashboard_has_figures(board: Board, prometheus: Prometheus) -> None:
    asked = queries(file_of(board))
    assert len(asked) > 3

    missing: list[Asked] = []

    def complete() -> bool:
        # no canary is sent: its series are there, without a quantile
        missing[:] = [
            each for each in asked if not has_figures(prometheus, each.query, numbers="canary" not in each.query)
        ]
        return not missing

    with suppress(WaitedTooLongError):
        wait_until(complete, seconds=60, what="figures")
    assert missing == []
    for metric, label in choices(file_of(board)):
        assert prometheus.ask(f"label/{label}/values", **{"match[]": metric}), label


@pytest.mark.usefixtures("ended")
def test_the_page_of_metrics_has_every_metric_that_a_role_shows(prometheus: Prometheus) -> None:
    shown = {
        (each["metric"].removesuffix("_total"), each["type"])
        for each in prometheus.ask("targets/metadata")
        if not each["metric"].endswith("_created")
    }
    assert len(shown) > 50
    assert shown <= {(name.removesuffix("_total"), metric.type) for name, metric in defined().items()}


def test_the_inbound_log_lists_every_mail_of_the_tenant(demo: Demo, ended: dict[str, Ended]) -> None:
    page = demo.browser("ines").read("/inbound")
    mine = [
        mail
        for mail in ended.values()
        if mail.outcome and mail.outcome.tenant_id == demo.planted.tenants["harbour-law"]
    ]
    assert len(mine) > 10
    assert [mail.sent.answer.name for mail in mine if mail.outcome and str(mail.outcome.mail_id) not in page] == []


def test_the_demo_finds_nothing_wrong_and_shows_each_mail(demo: Demo, ended: dict[str, Ended]) -> None:
    assert checks.everything(demo, list(ended.values())) == []
    shown = StringIO()
    console = Console(file=shown, width=200)
    show.mails(console, list(ended.values()))
    show.conservation(console, demo.conservation())
    show.links(console, demo.settings, demo.planted)
    assert [name for name in NAMES if name not in shown.getvalue()] == []
    assert demo.settings.console.url in shown.getvalue()


def test_the_demo_reports_a_mail_that_did_not_end_as_it_should(demo: Demo, ended: dict[str, Ended]) -> None:
    good = ended[POSTED[0]]
    assert good.outcome is not None
    lost = Ended(good.sent, None)
    held = Ended(good.sent, replace(good.outcome, state="held", reason="stalled", text=""))
    assert list(checks.of_mail(lost)) == [f"{POSTED[0]}: is not in the ledger"]
    assert f"{POSTED[0]}: it should be posted and is held" in checks.of_mail(held)
    assert list(checks.of_forward(ended[FORWARDED[0]], [])) == [
        f"{FORWARDED[0]}: the catch-all did not get the original"
    ]
