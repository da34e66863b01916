"""The page of metrics has all metrics that the code defines, explains their labels, and links their alerts."""

from docs.metrics_page import GROUPS, LABELS, alerts, defined, metrics_page


def test_each_metric_is_on_the_page_once_with_advice() -> None:
    listed = [name for group in GROUPS for name in group.advice]
    assert sorted(listed) == sorted(defined())
    assert all(advice for group in GROUPS for advice in group.advice.values())


def test_each_label_is_explained_and_no_other() -> None:
    assert {label for metric in defined().values() for label in metric.labels} == LABELS.keys()


def test_a_metric_is_described_by_type_labels_meaning_and_what_to_do() -> None:
    row = next(line for line in metrics_page().splitlines() if "`casemail_rejections_total`" in line)
    name, type_, labels, meaning, advice = (cell.strip() for cell in row.strip("|").split("|"))
    assert (name, type_, labels) == ("`casemail_rejections_total`", "counter", "`reason`")
    assert meaning == "Mails that do not post, by reason."
    assert "[CasemailInternalError](runbook.md#casemailinternalerror)" in advice


def test_an_alert_by_a_recording_rule_is_linked_from_the_metric_that_is_recorded() -> None:
    assert "CasemailBatchBudgetBurns" in alerts()["casemail_batch_latency_seconds"]
    assert alerts().keys() <= defined().keys()
