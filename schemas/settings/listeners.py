"""Settings of the servers that casemail runs itself: console, LMTP, webhooks, metrics."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from schemas.settings.group import PREFIX, Group
from schemas.settings.value_types import File, Networks, OwnPort, Port


class Console(Group):
    """The web console, and how people reach it."""

    variable_prefix: ClassVar[str] = "CONSOLE_"
    variable_names: ClassVar[Mapping[str, str]] = {
        "files_url": "FILES_URL",
        "file_link_hours": "FILE_LINK_HOURS",
    }

    host: str = Field("127.0.0.1", description="address the console listens on")
    port: Port = Field(8025, description="port the console listens on")
    url: str = Field("http://127.0.0.1:8025", description="how people reach the console; links in mails use it")
    files_url: str = Field(
        "",
        pattern=r"^$|^https?://[A-Za-z0-9.:\[\]-]+$",
        description="URL of the files on a host name of their own that also leads to the console, such as "
        "https://files.example; default: files are served on the console's host",
    )
    file_link_hours: int = Field(
        72,
        ge=0,
        description="hours that a link to a file in a mail works without a log-in; 0: it always asks for a log-in",
    )

    @field_validator("files_url")
    @classmethod
    def _on_its_own_host(cls, url: str, info: ValidationInfo) -> str:
        if url and urlsplit(url).hostname == urlsplit(info.data.get("url", "")).hostname:
            raise ValueError(f"is on the host of {PREFIX}CONSOLE_URL; give files their own host, or leave it empty")
        return url


class Sessions(Group):
    """How long log-ins to the console last."""

    variable_prefix: ClassVar[str] = "SESSION_"

    hours: int = Field(168, ge=1, le=8760, description="hours after which a log-in ends")
    idle_hours: int = Field(12, ge=1, le=8760, description="hours after which an unused log-in ends")


class Lmtp(Group):
    """The LMTP server that accepts mail."""

    variable_prefix: ClassVar[str] = "LMTP_"

    host: str = Field("127.0.0.1", description="address the LMTP server listens on")
    port: Port = Field(8024, description="port the LMTP server listens on")
    connections: int = Field(200, ge=1, description="most connections to the LMTP server at a time")
    memory: int = Field(
        256_000_000, ge=1_000_000, description="most bytes of mails that the LMTP server holds in memory"
    )


class Webhooks(Group):
    """The HTTP server that accepts mail from providers."""

    variable_prefix: ClassVar[str] = "WEBHOOK_"

    host: str = Field("127.0.0.1", description="address that `casemail webhook` listens on")
    port: Port = Field(8027, description="port that `casemail webhook` listens on")
    url: str = Field("http://127.0.0.1:8027", description="how mail providers reach `casemail webhook`")
    memory: int = Field(
        256_000_000, ge=1_000_000, description="most bytes of requests that `casemail webhook` holds in memory"
    )
    proxy: str = Field(
        "", pattern=r"^$|^http://", description="http://host:port of a proxy to fetch Amazon's certificates, if needed"
    )
    ca_file: File | None = Field(
        None,
        description="PEM file of the authority that signs that proxy's certificates; default: those that this "
        "machine trusts",
    )


class Api(Group):
    """The HTTP API for host applications."""

    variable_prefix: ClassVar[str] = "API_"

    host: str = Field("127.0.0.1", description="address that `casemail api` listens on")
    port: Port = Field(8034, description="port that `casemail api` listens on")
    requests: int = Field(600, ge=1, description="most requests of one token in a minute, at each `casemail api`")


class Http(Group):
    """What the HTTP servers share."""

    trusted_proxies: Networks = Field(
        ("127.0.0.1", "::1"),
        description="addresses and networks of the proxies in front of console, API and webhook, separated by commas, "
        "that name their clients in X-Forwarded-For",
    )


class Metrics(Group):
    """Where each role serves its metrics and its health, and what these show."""

    variable_prefix: ClassVar[str] = "METRICS_"
    variable_names: ClassVar[Mapping[str, str]] = {"dispatch_port": "METRICS_PORT"}

    host: str = Field(
        "127.0.0.1", description="address at which each role serves /metrics, /livez and /readyz; use no public one"
    )
    dispatch_port: OwnPort = Field(8026, description="port at which `casemail dispatch` serves them; 0: none")
    worker_port: OwnPort = Field(
        8028, description="port at which `casemail worker` serves them; several on a host need several ports; 0: none"
    )
    heavy_port: OwnPort = Field(
        8029, description="port at which a `casemail heavy` that no worker started serves them; 0: none"
    )
    courier_port: OwnPort = Field(8030, description="port at which `casemail courier` serves them; 0: none")
    lmtp_port: OwnPort = Field(8031, description="port at which `casemail lmtp` serves them; 0: none")
    webhook_port: OwnPort = Field(8032, description="port at which `casemail webhook` serves them; 0: none")
    console_port: OwnPort = Field(8033, description="port at which `casemail console` serves them; 0: none")
    api_port: OwnPort = Field(8035, description="port at which `casemail api` serves them; 0: none")
    dir: Path | None = Field(
        None,
        description="folder in which worker, courier and heavy make a folder for the figures of their processes; "
        "default: the folder for temporary files",
    )
    stuck_seconds: int = Field(
        120, ge=2, description="seconds without a sign of life after which /livez calls a thread or event loop stuck"
    )
    every_tenant: bool = Field(
        False,
        description="whether /metrics shows each tenant and source; default: those that have something to tell, and "
        "sums of all",
    )
    most_named: int = Field(
        500,
        ge=1,
        description="most tenants, and most sources, that /metrics names, the most urgent ones, unless it shows each",
    )

    def port(self, role: str) -> int:
        """Returns the port of a role, such as `worker`; 0: it serves nothing."""
        return int(getattr(self, f"{role}_port"))
