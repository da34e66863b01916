"""The commands of the systemd units, started as the units say, carry a mail from LMTP to a posted update.

They run behind a PgBouncer in transaction mode, from one file of settings, without any right that the units deny them
and that a process can give away by itself: no new privileges, and no memory that is both writable and executable.
"""

import signal
import subprocess
import sys
from base64 import b32encode
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import make_url, text

from ops.demo.delivery import Letter, LmtpClient
from ops.demo.sink import Sink
from ops.demo.waiting import wait_until
from ops.deploy import healthy
from ops.embedded import Kafka, Postgres, ServerProcess, free_port
from schemas.settings import PREFIX, load, variables
from storage.database import Database
from tests.builders.addresses import reply_address
from tests.builders.command import BARE, command_settings
from tests.builders.environment import GOOD
from tests.builders.plain_mails import plain_mail
from tests.builders.world import KEYS, make_settings, make_world
from tests.ops.deploy.units import ROLES, commands
from tests.servers.own_database import OwnDatabase, made
from tests.servers.pgbouncer import PgBouncer

SECONDS = 240
HEALTHY = "import sys; from pathlib import Path; from ops.deploy.healthy import main; sys.exit(main(Path(sys.argv[1])))"
RESTRICTED = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
libc.prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE, since Linux 6.3
os.umask(0o077)
os.execv(sys.executable, [sys.executable, "-m", "ops", *sys.argv[1:]])
"""


@pytest.fixture
def own(postgres: Postgres) -> Iterator[OwnDatabase]:
    """Yields an empty database: the services share an identity, and so keys, with no other test."""
    with made(postgres) as database:
        yield database


@pytest.fixture
def settings_file(kafka: Kafka, postgres: Postgres, own: OwnDatabase, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yields the settings of all services, as casemail.env has them."""
    with ExitStack() as stack:
        pooler = stack.enter_context(PgBouncer(tmp_path / "pgbouncer", postgres, ignored="options"))
        sink = stack.enter_context(Sink())
        url = make_url(pooler.url).set(database=make_url(own.url).database).render_as_string(hide_password=False)
        settings = make_settings(url, tmp_path).replace(kafka_servers=kafka.servers)
        values = command_settings(settings) | {
            "ADDRESS_KEYS": f"{KEYS[0][0]}:{b32encode(KEYS[0][1]).decode()}",
            "DATABASE_POOLER": "true",
            "TOPIC_PREFIX": "units.",
            "SMTP_HOST": sink.host,
            "SMTP_PORT": str(sink.port),
            "PUSH_BATCH_SECONDS": "1",
        }
        ports = [*(setting for setting, _ in healthy.PORTS.values()), "LMTP_PORT", "CONSOLE_PORT", "WEBHOOK_PORT"]
        values |= {name.removeprefix(PREFIX): str(free_port()) for name in ports}
        yield {PREFIX + name: value for name, value in values.items()}


def start(role: str, settings: dict[str, str], folder: Path) -> ServerProcess:
    """Starts the command of the unit of `role`."""
    ((*words,),) = commands(f"casemail-{role}@.service")
    process = ServerProcess(role, folder / role, stop_signal=signal.SIGTERM)
    process.lock_folder()
    process.spawn([sys.executable, "-c", RESTRICTED, *words], env=settings)
    return process


def answers(settings: dict[str, str], role: str, path: str) -> bool:
    """Returns whether the role answers 200 at its port for probes."""
    try:
        with urlopen(f"http://127.0.0.1:{settings[healthy.PORTS[role][0]]}{path}", timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:  # not yet there, or not ready
        return False


@pytest.mark.timeout(900)
def test_the_commands_of_the_units_post_a_mail(settings_file: dict[str, str], own: OwnDatabase, tmp_path: Path) -> None:
    owner = {f"{PREFIX}OWNER_DATABASE_URL": own.owner_url.replace("+psycopg", "")}
    for words in commands("casemail-migrate.service"):
        run = [sys.executable, "-c", RESTRICTED, *words]
        subprocess.run(run, env=BARE | settings_file | owner, check=True, capture_output=True, timeout=SECONDS)
    world = make_world(own.owner_url)
    with ExitStack() as stack:
        database = stack.enter_context(closing(Database(own.url)))
        processes = {}
        for role in ROLES:
            processes[role] = start(role, settings_file, tmp_path)
            stack.callback(processes[role].stop)
        for role, process in processes.items():
            for path in ("/livez", "/readyz"):
                process.wait_until(partial(answers, settings_file, role, path), seconds=SECONDS)
        update = world.post(database, "manager", "client")
        address = reply_address(database, world, update, "client")
        mail = plain_mail(address, author=world.email("client"), body="It stopped dripping.")
        with LmtpClient("127.0.0.1", int(settings_file[f"{PREFIX}LMTP_PORT"])) as client:
            assert client.send(Letter(world.email("client"), address, mail))
        posted = text("select count(*) from updates where text = 'It stopped dripping.' and via = 'email'")

        def is_posted() -> bool:
            with database.tenant(world.tenant_id) as connection:
                return bool(connection.execute(posted).scalar_one())

        wait_until(is_posted, seconds=SECONDS, what="the answer to post")
        with urlopen(f"http://127.0.0.1:{settings_file[f'{PREFIX}CONSOLE_PORT']}/login", timeout=60) as page:
            assert b"/assets/tabler.min.css" in page.read()
        for role, process in processes.items():
            asked = tmp_path / f"{role}.cmdline"
            asked.write_bytes(b"\0".join([b"/opt/casemail/bin/python", b"casemail", role.encode()]))
            done = subprocess.run(
                [sys.executable, "-c", HEALTHY, str(asked)], env=BARE | settings_file, check=False, timeout=60
            )
            assert done.returncode == 0, role
            assert process.stop(seconds=90), f"{role} had to be killed"
            done = subprocess.run(
                [sys.executable, "-c", HEALTHY, str(asked)], env=BARE | settings_file, check=False, timeout=60
            )
            assert done.returncode == 1, role


def test_the_health_check_knows_the_ports_of_the_settings() -> None:
    metrics = load({PREFIX + name: value for name, value in GOOD.items()}).metrics
    assert {role: port for role, (_, port) in healthy.PORTS.items()} == {
        role: metrics.port(role) for role in healthy.PORTS
    }
    assert {setting for setting, _ in healthy.PORTS.values()} <= variables().keys()
