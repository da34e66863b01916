"""The alerts: promtool checks when each alert fires and when it does not; each has a section in the runbook."""

import json
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
import yaml
from typer.testing import CliRunner

from ops.cli.alerts import PLACEHOLDER
from ops.cli.main import Commands, app
from ops.prometheus import slo
from schemas.settings import variables
from schemas.tables import PUSHING
from tests.servers import prometheus
from tests.servers.prometheus import ALERTMANAGER_CONFIG, ALERTS, AMTOOL, PROMTOOL, SLO


class Rule(NamedTuple):
    """The severity, summary and runbook link of an alert."""

    severity: str
    summary: str
    runbook: str


def rules(file: Path) -> dict[str, Rule]:
    """Returns the alerts of a file of rules by their names."""
    (group,) = yaml.safe_load(file.read_text())["groups"]
    return {
        rule["alert"]: Rule(
            rule["labels"]["severity"], rule["annotations"]["summary"], rule["annotations"]["runbook_url"]
        )
        for rule in group["rules"]
        if "alert" in rule
    }


RULES = rules(prometheus.ALERTS) | rules(prometheus.SLO)
RUNBOOK = prometheus.RUNBOOK.read_text()


#: When an alert must fire or be quiet that needs more than an hour; its series have a value every five minutes.
AT = {
    "CasemailSourceUndecided": "24h30m",
    "CasemailDiskFillsUp": "24h30m",
    "CasemailRejectionsJump": "24h30m",
    "CasemailBatchBudgetBurns": "30h",
    "CasemailPushBudgetBurns": "30h",
}


class Case(NamedTuple):
    """The series of an alert, minute by minute in promtool's notation: values at which it fires after an hour, and
    values at which it does not. `labels` are the labels of the firing alert."""

    fires: dict[str, str]
    quiet: dict[str, str]
    labels: Mapping[str, str] = MappingProxyType({})


def single(series: str, fires: str, quiet: str, **labels: str) -> Case:
    return Case({series: fires}, {series: quiet}, labels)


def source(gauge: str) -> str:
    return f'casemail_source_{gauge}{{source="1", name="box"}}'


BOX = {"source": "1", "name": "box"}
READ = {source("active"): "1x70", source("paused"): "0x70"}
WATCHED = {"casemail_exporter_leader": "1x70"}
BATCHES = 'casemail_batch_latency_seconds_bucket{source="imap", le="%s"}'
COUNT = 'casemail_batch_latency_seconds_count{source="imap"}'
PUSHED = 'casemail_mail_seconds%s{source_kind="lmtp"%s}'
FETCHED = 'casemail_mail_seconds%s{source_kind="imap"%s}'
REJECTED = 'casemail_rejections_total{reason="unknown_address"}'
ENDED = 'casemail_mail_seconds_count{source_kind="lmtp"}'
CASES = {
    "CasemailNotWatched": Case({"casemail_exporter_leader": "0x70"}, {"casemail_exporter_leader": "1x70"}),
    "CasemailRoleDown": single(
        'up{job="casemail-worker", instance="a:1"}', "1x50 0x20", "1x70", job="casemail-worker", instance="a:1"
    ),
    "CasemailPartUnreadable": single('casemail_up{part="kafka"}', "0x70", "1x70", part="kafka"),
    "CasemailMailUnaccounted": single(
        'casemail_mails{place="unaccounted", tenant="a"}', "-1x70", "0x70", place="unaccounted", tenant="a"
    ),
    "CasemailMailStuck": single('casemail_oldest_in_flight_seconds{tenant="a"}', "0+60x70", "300x70", tenant="a"),
    "CasemailMailSentAgain": single('casemail_emitted_total{kind="again"}', "0x55 4x20", "4x70"),
    "CasemailMailGivenUp": single("casemail_stalled_total", "0x55 4x20", "4x70"),
    "CasemailInternalError": single('casemail_rejections_total{reason="internal_error"}', "0x55 4x20", "4x70"),
    "CasemailMailNotUnderstood": single(
        'casemail_not_read_total{step="recipients"}', "0x55 1x20", "1x70", step="recipients"
    ),
    "CasemailBatchBudgetBurnsFast": Case(
        {BATCHES % "60.0": "0+8x70", COUNT: "0+10x70"} | WATCHED,
        {BATCHES % "60.0": "0+999x70", COUNT: "0+1000x70"} | WATCHED,
    ),
    "CasemailBatchBudgetBurns": Case(
        {BATCHES % "60.0": "0+96x400", COUNT: "0+100x400"}, {BATCHES % "60.0": "0+999x70", COUNT: "0+1000x70"}
    ),
    "CasemailPushBudgetBurnsFast": Case(
        {PUSHED % ("_bucket", ', le="10.0"'): "0+9x70", PUSHED % ("_count", ""): "0+10x70"} | WATCHED,
        {FETCHED % ("_bucket", ', le="10.0"'): "0+9x70", FETCHED % ("_count", ""): "0+10x70"} | WATCHED,
    ),
    "CasemailPushBudgetBurns": Case(
        {PUSHED % ("_bucket", ', le="10.0"'): "0+996x400", PUSHED % ("_count", ""): "0+1000x400"},
        {PUSHED % ("_bucket", ', le="10.0"'): "0+9999x70", PUSHED % ("_count", ""): "0+10000x70"},
    ),
    "CasemailTopicBacklog": single('casemail_consumer_lag{topic="t"}', "1001x70", "0x55 5000x20", topic="t"),
    "CasemailQueueStandstill": single('dramatiq_kafka_standstill_seconds{queue="q"}', "0+60x70", "200x70", queue="q"),
    "CasemailQueueStopped": single('dramatiq_kafka_stopped{queue="q"}', "1x70", "0x70", queue="q"),
    "CasemailQueueNotRead": single('casemail_group_members{topic="q"}', "0x70", "2x70", topic="q"),
    "CasemailCommitsRefused": single(
        'dramatiq_kafka_commits_refused_seconds{queue="q"}', "0+60x70", "10x70", queue="q"
    ),
    "CasemailDeadLetters": single(
        'dramatiq_kafka_dead_letters_total{queue="q", error="E"}', "0x55 1x20", "1x70", queue="q"
    ),
    "CasemailSourceNotRead": Case(
        {source("success_age_seconds"): "3700x70"} | READ,
        {source("success_age_seconds"): "3700x70"} | READ | {source("active"): "0x70"},
        BOX,
    ),
    "CasemailSourcePaused": single(source("paused"), "1x70", "0x70", **BOX),
    "CasemailMailLeftBehind": single(source("left_behind"), "2x70", "0x50 2x5 0x20", **BOX),
    "CasemailSourceUndecided": single(source("undecided"), "40x310", "0x70", **BOX),
    "CasemailCanaryMissing": Case(
        {f'casemail_canaries_missing{{tenant="{tenant}", source="imap"}}': "1x70" for tenant in "ab"}, {}
    ),
    "CasemailIntakeStopped": single("casemail_intake_stopped", "1x70", "0x70"),
    "CasemailDiskFillsUp": single("casemail_disk_free_bytes", "90000-250x310", "90000-5x310"),
    "CasemailPushRefused": single(
        'casemail_push_refused_total{cause="custody"}', "0+1x70", "0x50 3x20", cause="custody"
    ),
    "CasemailOutboxWaits": single('casemail_outbox_oldest_seconds{kind="notice"}', "3700x70", "60x70", kind="notice"),
    "CasemailHeldTooLong": single('casemail_oldest_held_seconds{tenant="a"}', "200000x70", "100000x70", tenant="a"),
    "CasemailDutyFails": single(
        'casemail_dispatcher_failures_total{duty="admit"}', "0+1x70", "0x50 2x20", duty="admit"
    ),
    "CasemailCountsDrift": single("casemail_conservation_drift", "3x70", "0x70"),
    "CasemailRejectionsJump": Case(
        {REJECTED: "0x288 0+50x10", ENDED: "0+100x310"},
        {REJECTED: "0+50x310", ENDED: "0+100x310"},
        {"reason": "unknown_address"},
    ),
}


def test_every_alert_is_tried() -> None:
    assert CASES.keys() == RULES.keys()


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_alert_fires_when_it_should_and_is_quiet_when_it_should(name: str, tmp_path: Path) -> None:
    case, rule = CASES[name], RULES[name]
    at, interval = AT.get(name, "60m"), "5m" if name in AT else "1m"
    checks: list[dict[str, Any]] = []
    for series, fires in ((case.fires, True), (case.quiet, False)):
        expected = {"exp_labels": {**case.labels, "severity": rule.severity}}
        alert: dict[str, Any] = {"eval_time": at, "alertname": name, "exp_alerts": []}
        if fires:
            alert["exp_alerts"] = [expected | {"exp_annotations": _annotations(name, case)}]
        given = [{"series": name, "values": values} for name, values in series.items()]
        checks.append({"interval": interval, "input_series": given, "alert_rule_test": [alert]})
    file = tmp_path / "test.yml"
    file.write_text(
        json.dumps({"rule_files": [str(ALERTS), str(SLO)], "evaluation_interval": interval, "tests": checks})
    )
    done = subprocess.run([PROMTOOL, "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mails_that_were_late_because_of_a_known_outage_call_nobody_again(tmp_path: Path) -> None:
    late = CASES["CasemailPushBudgetBurnsFast"].fires
    down = {'up{job="casemail-worker", instance="a:1"}': "1x20 0x10 1x200"}  # down from minute 21 to 30
    series = {name: values.replace("x70", "x230") for name, values in late.items()} | down
    given = [{"series": name, "values": values} for name, values in series.items()]
    quiet: list[dict[str, Any]] = [
        {"eval_time": at, "alertname": "CasemailPushBudgetBurnsFast", "exp_alerts": []}
        for at in ("25m", "31m", "45m", "64m")
    ]
    name = "CasemailPushBudgetBurnsFast"
    labels = {"exp_labels": {"severity": "critical"}, "exp_annotations": _annotations(name, CASES[name])}
    again = {"eval_time": "70m", "alertname": name, "exp_alerts": [labels]}  # what is late now has another cause
    tests = [{"interval": "1m", "input_series": given, "alert_rule_test": [*quiet, again]}]
    file = tmp_path / "test.yml"
    file.write_text(json.dumps({"rule_files": [str(ALERTS), str(SLO)], "evaluation_interval": "1m", "tests": tests}))
    done = subprocess.run([PROMTOOL, "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _annotations(name: str, case: Case) -> dict[str, str]:
    """Returns the annotations of the alert; its labels and value are filled into the summary."""
    words = RULES[name].summary
    for label, value in case.labels.items():
        words = words.replace(f"{{{{ $labels.{label} }}}}", value)
    return {
        "summary": re.sub(r"\{\{ \$value[^}]*\}\}", VALUES.get(name, ""), words),
        "runbook_url": RULES[name].runbook,
    }


VALUES = {
    "CasemailBatchBudgetBurnsFast": "20%",
    "CasemailBatchBudgetBurns": "4%",
    "CasemailPushBudgetBurnsFast": "10%",
    "CasemailPushBudgetBurns": "0.4%",
    "CasemailCanaryMissing": "2",
    "CasemailMailUnaccounted": "-1",
    "CasemailMailStuck": "1h 0m 0s",
    "CasemailTopicBacklog": "1001",
    "CasemailQueueStandstill": "1h 0m 0s",
    "CasemailSourceNotRead": "1h 1m 40s",
    "CasemailMailLeftBehind": "2",
    "CasemailSourceUndecided": "40",
    "CasemailOutboxWaits": "1h 1m 40s",
    "CasemailHeldTooLong": "2d 7h 33m 20s",
}


@pytest.mark.parametrize("name", sorted(RULES))
def test_an_alert_leads_to_its_section_of_the_runbook(name: str) -> None:
    assert RULES[name].runbook == f"{PLACEHOLDER}#{name.lower()}"
    assert f"\n## {name}\n" in RUNBOOK


def test_the_runbook_names_only_alerts_commands_and_settings_that_there_are() -> None:
    assert set(re.findall(r"CASEMAIL_[A-Z_]+", RUNBOOK)) <= variables().keys()
    assert set(re.findall(r"^## (Casemail\w+)$", RUNBOOK, re.MULTILINE)) == RULES.keys()
    for line in re.findall(r"`casemail ([^`]+)`", RUNBOOK):
        name, *words = shlex.split(line)
        command: Any = Commands.load(name, runs=False)
        while words and hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_the_rules_of_the_objectives_are_those_of_the_table() -> None:
    assert SLO.read_text() == slo.rules()


def test_the_objective_of_pushed_mail_counts_every_kind_of_source_that_pushes() -> None:
    (pushed,) = (objective.labels for objective in slo.OBJECTIVES if objective.name == "pushed_mails")
    (kinds,) = re.findall(r'source_kind=~"(.*)"', pushed)
    assert set(kinds.split("|")) == set(PUSHING)


def test_the_command_prints_all_rules_with_links_to_the_runbook_of_the_house() -> None:
    done = CliRunner().invoke(app, ["alerts", "--runbook-url", "https://runbook.example/casemail"])
    (alerts, objectives) = yaml.safe_load(done.output)["groups"]
    links = [rule["annotations"]["runbook_url"] for rule in alerts["rules"] + objectives["rules"] if "alert" in rule]
    assert sorted(links) == sorted(f"https://runbook.example/casemail#{name.lower()}" for name in RULES)


def test_the_command_refuses_what_is_no_url() -> None:
    done = CliRunner().invoke(app, ["alerts", "--runbook-url", "runbook"])
    assert done.exit_code == 2
    assert "is no URL" in done.output


def test_alertmanager_takes_the_example() -> None:
    done = subprocess.run([AMTOOL, "check-config", ALERTMANAGER_CONFIG], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_example_names_only_alerts_that_there_are() -> None:
    config = yaml.safe_load(ALERTMANAGER_CONFIG.read_text())
    for rule in config["inhibit_rules"]:
        for matcher in rule["source_matchers"] + rule["target_matchers"]:
            label, pattern = re.fullmatch(r'(\w+)!?=~?"(.*)"', matcher).groups()  # type: ignore[union-attr]
            assert label != "alertname" or any(re.fullmatch(pattern, name) for name in RULES), pattern
