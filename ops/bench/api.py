"""`casemail bench api`: how long each route of the API takes with many cases and mails, and what a sync costs."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Annotated
from uuid import UUID

import httpx
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import create_engine, text

from api.app import ROOT
from cases.people import api_tokens
from cases.people.api_tokens import Scope
from ops.bench import scale_rows
from ops.cluster import Cluster
from ops.demo.waiting import wait_until
from ops.embedded.process import free_port, listens
from storage.database import Database

#: The highest allowed p95 of a route, in seconds.
MOST_SECONDS = 0.05
_BULK, _PEOPLE = 1_000, 1_000
_TENANTS = 10
#: How many applications write at a time.
_WRITERS = 4

_BUSIEST = text("select tenant_id from mails group by 1 order by count(*) desc limit 1")
_SOME_MAIL = text("select id from mails order by received_at desc limit 1 offset 100")

_out = Console()
app = typer.Typer()


@app.command("api")
def command(
    cases: Annotated[int, typer.Option(min=1_000, help="Cases of the tenant, in thousands.")] = 100_000,
    mails: Annotated[int, typer.Option(min=1_000, help="Mails of all tenants, a third of them of this.")] = 1_000_000,
    samples: Annotated[int, typer.Option(min=20, help="Requests to each route.")] = 200,
) -> None:
    """Runs the benchmark."""
    raise typer.Exit(run(cases=cases, mails=mails, samples=samples))


def run(*, cases: int, mails: int, samples: int) -> int:
    """Measures and prints; returns 0 if the p95 of each route is at most `MOST_SECONDS`, else 1."""
    port = free_port()
    overrides = {"api_port": str(port), "api_requests": "100000000"}
    with TemporaryDirectory(prefix="casemail-bench-") as name, Cluster(Path(name), overrides=overrides) as cluster:
        assert cluster.postgres is not None
        scale_rows.fill(cluster.postgres, _TENANTS, mails)
        with closing(Database(cluster.postgres.url)) as database:
            token, mail_id = _prepare(str(cluster.settings.database.owner_url), database)
            cluster.add_process("api", ("api",))
            cluster.start_process("api")
            wait_until(lambda: listens(port), seconds=60, what="the API to listen")
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}{ROOT}", headers=headers, timeout=120) as client:
                case_id = _sync(client, cases)
                worst = _routes(client, samples, case_id, mail_id)
                _writes(client, samples * 5, case_id)
    return 0 if worst <= MOST_SECONDS else 1


def _prepare(owner_url: str, database: Database) -> tuple[str, UUID]:
    """Returns a token for the tenant with most mails, and one of these."""
    engine = create_engine(owner_url)
    with engine.begin() as connection:
        tenant_id: UUID = connection.execute(_BUSIEST).scalar_one()
    engine.dispose()
    with database.tenant(tenant_id) as connection:
        token = api_tokens.create(connection, tenant_id, "bench", list(Scope), by=None)
        assert isinstance(token, str)
        return token, connection.execute(_SOME_MAIL).scalar_one()


def _sync(client: httpx.Client, cases: int) -> str:
    """Creates people and cases, sends them again unchanged, prints both, and returns the id of a case."""
    people = [_person(number) for number in range(_PEOPLE)]
    client.put("/people/bulk", json={"people": people}).raise_for_status()
    manager = {"external_id": "p0"}
    begun = time.perf_counter()
    for first in range(0, cases, _BULK):
        bulk = [{"external_id": f"c{n}", "title": f"Case {n}", "manager": manager} for n in range(first, first + _BULK)]
        results = client.put("/cases/bulk", json={"cases": bulk}).raise_for_status().json()["results"]
        assert {result["result"] for result in results} == {"created"}
    created = time.perf_counter() - begun
    begun = time.perf_counter()
    results = client.put("/cases/bulk", json={"cases": bulk}).raise_for_status().json()["results"]
    assert {result["result"] for result in results} == {"unchanged"}
    again = time.perf_counter() - begun
    _out.print(
        f"{cases} cases: created in {created / cases * 1000:.2f} ms each, unchanged in {again / _BULK * 1000:.2f}"
    )
    return str(results[0]["id"])


def _person(number: int) -> dict[str, str]:
    role = "case_manager" if number == 0 else "client"
    return {"external_id": f"p{number}", "name": f"Person {number}", "email": f"p{number}@host.example", "role": role}


def _routes(client: httpx.Client, samples: int, case_id: str, mail_id: UUID) -> float:
    """Prints how long each route takes; returns the highest p95, in seconds."""
    numbers = iter(range(10**9))
    author = {"external_id": "p0"}
    asks: Mapping[str, Callable[[], httpx.Response]] = {
        "GET /cases": lambda: client.get("/cases"),
        "GET /cases?state=open": lambda: client.get("/cases?state=open"),
        "GET /cases/{id}": lambda: client.get(f"/cases/{case_id}"),
        "GET /cases/by-external-id": lambda: client.get("/cases/by-external-id/c0"),
        "PATCH /cases/{id}": lambda: client.patch(f"/cases/{case_id}", json={"title": f"Title {next(numbers)}"}),
        "POST /cases": lambda: client.post("/cases", json={"title": "A case", "manager": author}),
        "GET /people": lambda: client.get("/people"),
        "POST /updates": lambda: client.post(f"/cases/{case_id}/updates", json={"author": author, "text": "Words."}),
        "GET /updates": lambda: client.get(f"/cases/{case_id}/updates"),
        "GET /emails": lambda: client.get("/emails"),
        "GET /emails?state=held": lambda: client.get("/emails?state=held"),
        "GET /emails/{id}": lambda: client.get(f"/emails/{mail_id}"),
        "GET /audit": lambda: client.get("/audit"),
        "GET /settings": lambda: client.get("/settings"),
    }
    table = Table(title="Milliseconds of a request", title_justify="left")
    for column in ("route", "p50", "p95"):
        table.add_column(column, justify="left" if column == "route" else "right")
    worst = 0.0
    for name, ask in asks.items():
        seconds = [_seconds(ask) for _ in range(samples)]
        cuts = quantiles(seconds, n=20, method="inclusive")
        worst = max(worst, cuts[18])
        table.add_row(name, f"{cuts[9] * 1000:.1f}", f"{cuts[18] * 1000:.1f}")
    _out.print(table)
    return worst


def _writes(client: httpx.Client, count: int, case_id: str) -> None:
    """Prints how many updates a second several applications can post together."""
    update = {"author": {"external_id": "p0"}, "text": "Words."}

    def write(_: int) -> None:
        client.post(f"/cases/{case_id}/updates", json=update).raise_for_status()

    begun = time.perf_counter()
    with ThreadPoolExecutor(_WRITERS) as pool:
        list(pool.map(write, range(count)))
    _out.print(f"{count / (time.perf_counter() - begun):.0f} updates a second, by {_WRITERS} at a time on one case")


def _seconds(ask: Callable[[], httpx.Response]) -> float:
    begun = time.perf_counter()
    ask().raise_for_status()
    return time.perf_counter() - begun
