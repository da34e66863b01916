"""Today's code works with the data that version 0.1 left, and keeps the names that other programs use.

`written_by_0_1.json` was written by that version: messages on topics, links, addresses, secrets, positions in
partitions, and the names of settings, topics, metrics, commands and pages.
"""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import typer
from prometheus_client import REGISTRY
from pydantic import SecretStr

from cases.addresses import tokens
from cases.addresses.tokens import Address, AddressKind
from cases.files.links import FileLinks, Purpose
from cases.outgoing.fingerprint import OwnKind, OwnMail, read_mark
from cases.outgoing.signed_links import signer
from ops.cli.lazy import LazyGroup
from ops.cli.main import app
from schemas.settings import Settings, variables
from schemas.settings.all_settings import REMOVED
from storage.blobs.store import blob_key, of_batch, of_mail
from storage.secret_box import SecretBox
from tests.builders.world import KEYS, SECRETS
from tests.console.routes import routes
from workers.broker.poison import ownership
from workers.broker.topics import queue_specs
from workers.pipeline import STAGES
from workers.runner import JsonEncoder

WRITTEN: dict[str, Any] = json.loads(Path(__file__).with_name("written_by_0_1.json").read_text("utf-8"))
FIRST, SECOND, THIRD = (UUID(int=number) for number in (1, 2, 3))


def test_each_stage_takes_the_messages_that_wait_on_its_topic() -> None:
    stages = {stage.name: stage for stage in STAGES}
    for kind, written in WRITTEN["messages"].items():
        message = JsonEncoder().decode(orjson.dumps(written))
        stage = stages[message["actor_name"]]
        assert stage.topic == message["queue_name"]
        ((payload,),) = message["args"]
        record = stage.takes.model_validate(payload)
        assert type(record).__name__ == kind
        assert _as_written(record.model_dump(mode="json"), payload) == payload


def _as_written(value: Any, written: Any) -> Any:
    """Returns a value of a record without the fields that version 0.1 did not know."""
    if isinstance(value, dict) and isinstance(written, dict):
        return {name: _as_written(value[name], written[name]) for name in written}
    if isinstance(value, list) and isinstance(written, list) and len(value) == len(written):
        return [_as_written(*pair) for pair in zip(value, written, strict=True)]
    return value


def test_topics_and_actors_have_the_names_that_they_had() -> None:
    assert {stage.name: stage.topic for stage in STAGES} == WRITTEN["actors"]
    specs = [spec for stage in STAGES for spec in queue_specs(stage.topic, partitions=1, prefix="")]
    assert sorted(spec.name for spec in specs) == WRITTEN["topics"]


def test_the_position_that_a_consumer_left_in_a_partition_is_read() -> None:
    left = ownership.read(WRITTEN["partition"])
    assert left is not None
    assert str(left) == WRITTEN["partition"]


def test_links_that_were_mailed_still_open() -> None:
    for purpose, token in WRITTEN["signed"].items():
        assert signer([SecretStr(SECRETS[0].get_secret_value())], purpose).loads(token) == [str(FIRST), "x"]


def test_links_to_files_still_name_their_file(settings: Settings) -> None:
    links = FileLinks(settings)
    for purpose, url in WRITTEN["file links"].items():
        grant = links.read(Purpose(purpose), url.rpartition("/")[2])
        assert grant is not None
        assert (grant.tenant_id, grant.file_id, grant.user_id) == (FIRST, SECOND, THIRD)


def test_addresses_and_fingerprints_in_mails_that_were_sent_are_known_again() -> None:
    local = WRITTEN["address"].partition("@")[0]
    assert tokens.read(KEYS, SECOND, local) == Address(AddressKind.REPLY, "a" * 16)
    assert read_mark(KEYS, WRITTEN["own mail"]) == OwnMail(OwnKind(WRITTEN["own kind"]), FIRST)


def test_the_secrets_of_sources_open() -> None:
    box = SecretBox(["c2VjcmV0IGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU="])
    assert box.open(FIRST, WRITTEN["sealed"].encode()) == "a password"


def test_blobs_lie_where_they_lay() -> None:
    assert [of_batch(FIRST), of_mail(FIRST, "body"), blob_key(SECOND, "file", b"x")] == WRITTEN["blobs"]


@pytest.mark.parametrize("kind", ["settings", "metrics", "routes"])
def test_no_name_is_gone_by_which_others_know_it(kind: str) -> None:
    today = {
        "settings": set(variables()) | set(REMOVED),  # who still sets one of the latter is told what became of it
        "metrics": {metric.name for metric in REGISTRY.collect()},
        "routes": {f"{method} {_without_names(path)}" for path, method, _ in routes()},
    }[kind]
    assert {_without_names(name) for name in WRITTEN[kind] if not name.startswith("HEAD ")} - today == set()


def _without_names(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


def test_every_command_is_there_with_its_options() -> None:
    def commands(group: Any, prefix: str = "") -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in group.list_commands(None):
            command = group.load(name, runs=False) if isinstance(group, LazyGroup) else group.commands[name]
            if hasattr(command, "list_commands"):
                found |= commands(command, f"{prefix}{name} ")
            else:
                options = [parameter.opts for parameter in command.params if parameter.param_type_name == "option"]
                arguments = [parameter.name for parameter in command.params if parameter.param_type_name != "option"]
                found[prefix + name] = [*(option for names in options for option in names), *arguments]
        return found

    today = commands(typer.main.get_command(app))
    for command, options in WRITTEN["commands"].items():
        assert set(options) <= set(today.get(command, ())), command
