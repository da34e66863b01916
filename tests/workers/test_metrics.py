"""Every series whose labels are known is there before anything has happened, or its first event raises no alert."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import ops.http
from schemas.settings import Settings
from tests.builders.command import environment
from workers.metrics import PushCause

# a process in which nothing has happened: it imports all that defines metrics, and does what each role does at start
PROCESS = """
import importlib, json, pkgutil
from prometheus_client import REGISTRY, Counter, Histogram
import storage, workers
for room in (storage, workers):
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        if ".versions" not in module.name and not module.name.endswith("migrations.env"):
            importlib.import_module(module.name)
from schemas.settings import load
from ops.kafka import make_broker
from workers import runner
from workers.dispatcher import Dispatcher
from storage.resources import open_resources
settings = load()
broker = make_broker(settings)
resources = open_resources(settings)
runner.declare(broker, lambda: resources)
Dispatcher(resources, broker)
collectors = set(REGISTRY._collector_to_names)
labelled = [each for each in collectors if isinstance(each, (Counter, Histogram)) and each._labelnames]
print(json.dumps({
    metric._name: [list(values) for values in metric._metrics] for metric in labelled
}))
"""


def series(env: dict[str, str]) -> dict[str, list[list[str]]]:
    """Returns the values of the labels of each labelled counter and histogram of a fresh process, by name."""
    done = subprocess.run([sys.executable, "-c", PROCESS], env=env, capture_output=True, text=True, check=True)
    found: dict[str, list[list[str]]] = json.loads(done.stdout)
    return found


def test_every_labelled_counter_has_its_series_from_the_start(settings: Settings) -> None:
    found = series(environment(settings) | {"PATH": os.environ["PATH"]})
    assert len(found) > 20
    assert [name for name, values in found.items() if not values] == []
    assert ["internal_error"] in found["casemail_rejections"]
    assert ["admit"] in found["casemail_dispatcher_failures"]
    assert ["post", "failed"] in found["casemail_stage_records"]
    assert ["inbound.parse", "PoisonError"] in found["dramatiq_kafka_dead_letters"]
    assert ["outbox.send", "other"] in found["dramatiq_kafka_dead_letters"]
    assert ["recipient"] in found["casemail_push_refused"]


def test_every_cause_that_the_http_server_counts_is_known() -> None:
    code = "".join(path.read_text() for path in (Path(ops.http.__file__).parent).glob("*.py"))
    causes = set(re.findall(r"refused\(\"(\w+)\"\)", code))
    assert causes
    assert causes <= set(PushCause)
