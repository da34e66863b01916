"""Metrics whose values a collector reads when it is scraped, defined apart from it: the page of metrics lists them."""

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

#: All that were defined, by name.
SCRAPED: dict[str, "Scraped"] = {}


class Scraped:
    """The name, meaning and labels of a gauge, or of a counter if the name ends in `_total`."""

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        SCRAPED[name] = self

    @property
    def type(self) -> str:
        """`counter` or `gauge`."""
        return "counter" if self.name.endswith("_total") else "gauge"

    def family(self, value: float | None = None) -> GaugeMetricFamily | CounterMetricFamily:
        """Returns an empty family for a scrape, or one with `value` if the metric has no labels."""
        kind = CounterMetricFamily if self.type == "counter" else GaugeMetricFamily
        return kind(self.name, self.meaning, value=value, labels=None if value is not None else list(self.labels))
