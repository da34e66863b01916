"""Creates the series of a metric before anything has happened.

A series that is born with its first event shows no increase, so the first event would never raise an alert.
"""

from collections.abc import Iterable
from itertools import product
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

Metric = TypeVar("Metric", Counter, Gauge, Histogram)


def known(metric: Metric, *values: Iterable[str]) -> Metric:
    """Returns the metric, with a series at 0 for each combination of `values`, which has the values of each label."""
    for labels in product(*values):
        metric.labels(*labels)
    return metric
