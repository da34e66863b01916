"""Every knob of casemail, with its default and its meaning; read from `CASEMAIL_*` environment variables.

`load()` tells every mistake at once, by the name of its variable and with what to do.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.setting_types import Address, AddressKeys, DatabaseUrl, File, Networks, Port, SecretKeys, SessionSecrets

PREFIX = "CASEMAIL_"


class SettingsError(Exception):
    """Settings are missing or wrong; `problems` has a line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """All settings; a field `x_y` is read from `CASEMAIL_X_Y`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", enable_decoding=False)

    kafka_servers: str = Field(min_length=3, description="Kafka servers as host:port, separated by commas")
    database_url: DatabaseUrl = Field(description="PostgreSQL URL of the login role that runs casemail")
    owner_database_url: DatabaseUrl | None = Field(
        None, description="PostgreSQL URL of the role that owns the tables; only `casemail migrate` uses it"
    )
    database_connect_seconds: int = Field(
        5, ge=2, le=60, description="longest time to connect to PostgreSQL, and to hear from it at all, in seconds"
    )
    database_statement_seconds: int = Field(
        30, ge=1, le=300, description="longest time of a statement on the rows of one tenant, in seconds"
    )
    database_system_seconds: int = Field(
        10, ge=1, le=300, description="longest time of a statement across tenants (intake, dispatcher), in seconds"
    )
    database_lock_seconds: int = Field(
        10, ge=1, le=300, description="longest time that a statement waits for the lock of another one, in seconds"
    )
    database_idle_seconds: int = Field(
        120, ge=10, description="longest time that a transaction is kept open in which nothing is asked, in seconds"
    )
    blob_url: str = Field(
        min_length=1, description="where raw mail and files lie: a folder, or an s3://, gs:// or az:// URL"
    )
    address_keys: AddressKeys = Field(
        description="keys of the reply and case addresses, as a:BASE32[,b:BASE32]; the first makes new addresses, "
        "the others still open old ones; `casemail key` makes one"
    )
    session_secret: SessionSecrets = Field(
        description="secrets of the console's log-ins and links, 32 characters or more each, separated by commas; the "
        "first signs, the others still open what they signed"
    )
    secret_keys: SecretKeys = Field(
        (),
        description="keys that seal the passwords of mailboxes, separated by commas; the first seals, the others still "
        "open what they sealed; `casemail key --secret` makes one",
    )

    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how Kafka is talked to: SSL is TLS, and SASL a user name and a password"
    )
    kafka_ca_file: File | None = Field(
        None, description="PEM file of who signs Kafka's certificates; default: whom this machine trusts"
    )
    kafka_cert_file: File | None = Field(
        None, description="PEM file with our certificate, and its chain, for a Kafka that asks for one"
    )
    kafka_key_file: File | None = Field(
        None, description="PEM file with the key of that certificate, without a password; default: in the same file"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="how the password is proven to Kafka"
    )
    kafka_username: str | None = Field(None, validate_default=True, description="our user name at Kafka")
    kafka_password: SecretStr | None = Field(None, validate_default=True, description="our password at Kafka")

    console_host: str = Field("127.0.0.1", description="address the console listens on")
    console_port: Port = Field(8025, description="port the console listens on")
    console_url: str = Field("http://127.0.0.1:8025", description="how people reach the console; links in mails use it")
    session_hours: int = Field(168, ge=1, le=8760, description="hours after which a log-in ends")
    session_idle_hours: int = Field(12, ge=1, le=8760, description="hours after which a log-in that is not used ends")
    files_url: str = Field(
        "",
        pattern=r"^$|^https?://[A-Za-z0-9.:\[\]-]+$",
        validate_default=True,
        description="how people reach the files, on a host of their own that leads to the console, too, such as "
        "https://files.example; default: they are served where the console is",
    )
    file_link_hours: int = Field(
        72, ge=0, description="hours that a link to a file in a mail works without a log-in; 0: it always asks for one"
    )
    assets_dir: Path | None = Field(
        None, description="folder with htmx.min.js and pico.min.css; default: the user cache"
    )
    lmtp_host: str = Field("127.0.0.1", description="address the LMTP server listens on")
    lmtp_port: Port = Field(8024, description="port the LMTP server listens on")
    lmtp_connections: int = Field(200, ge=1, description="most connections to the LMTP server at a time")
    lmtp_memory: int = Field(
        256_000_000, ge=1_000_000, description="most bytes of mails that the LMTP server has in memory at a time"
    )
    webhook_host: str = Field("127.0.0.1", description="address that `casemail webhook` listens on")
    webhook_port: Port = Field(8027, description="port that `casemail webhook` listens on")
    webhook_url: str = Field("http://127.0.0.1:8027", description="how mail providers reach `casemail webhook`")
    webhook_memory: int = Field(
        256_000_000, ge=1_000_000, description="most bytes of requests that `casemail webhook` has in memory at a time"
    )
    webhook_proxy: str = Field(
        "", pattern=r"^$|^http://", description="http://host:port by which Amazon's certificates are fetched, if needed"
    )
    webhook_ca_file: File | None = Field(
        None, description="PEM file of who signs what that proxy shows; default: whom this machine trusts"
    )
    trusted_proxies: Networks = Field(
        ("127.0.0.1", "::1"),
        description="addresses and networks of the proxies in front of console and webhook, separated by commas, that "
        "name their clients in X-Forwarded-For",
    )
    canary_seconds: int = Field(
        0, ge=0, description="seconds from one canary mail for each tenant to the next; 0: none is sent"
    )
    canary_smtp: str = Field(
        "",
        pattern=r"^$|^[A-Za-z0-9.\[\]:-]+:[0-9]{1,5}$",
        description="host:port of the mail server in front of us, by which canaries come; default: our LMTP server",
    )
    canary_late_seconds: int = Field(300, ge=1, description="seconds after which a canary that has not come is missed")
    disk_reserve: int = Field(
        1_000_000_000,
        ge=0,
        description="free bytes on the disk of the blob store below which no mail is taken in; 0: it never stops",
    )
    metrics_host: str = Field("127.0.0.1", description="address that serves /metrics")
    metrics_port: Port = Field(8026, description="port that serves /metrics")
    metrics_dir: Path | None = Field(
        None, description="folder that the processes of this host share for /metrics; default: each process alone"
    )

    smtp_host: str = Field("127.0.0.1", description="mail server that takes outgoing mail")
    smtp_port: Port = Field(25, description="port of that mail server")
    smtp_timeout: float = Field(30.0, gt=0, le=30, description="seconds an outgoing SMTP step may take")
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "none", description="how that mail server is talked to: in clear, encrypted after STARTTLS, or from the start"
    )
    smtp_ca_file: File | None = Field(
        None, description="PEM file of who signs that mail server's certificate; default: whom this machine trusts"
    )
    smtp_username: str | None = Field(None, description="our user name at that mail server; default: no log-in")
    smtp_password: SecretStr | None = Field(None, validate_default=True, description="our password at that mail server")
    smtp_domain_limit: int = Field(0, ge=0, description="most mails a minute to one recipient domain; 0: no limit")
    smtp_tenant_limit: int = Field(0, ge=0, description="most mails a minute of one tenant; 0: no limit")

    clamd: Address = Field(
        "",
        description="clamd that scans files for malware, as host:port or the path of its Unix socket; "
        "default: files are not scanned",
    )
    clamd_seconds: float = Field(20.0, gt=0, le=50, description="seconds that clamd may take for one file")

    authserv_id: str = Field(
        "",
        description="name under which the mail server that hands us mail by LMTP writes Authentication-Results; "
        "default: signatures are checked here",
    )
    authserv_fields: int = Field(
        1, ge=1, le=10, description="most such fields that it writes into one mail, as OpenDKIM and OpenDMARC do"
    )
    authserv_peers: Networks = Field(
        "127.0.0.0/8,::1/128,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7",
        validate_default=True,
        description="addresses from which that server comes, as networks separated by commas",
    )
    dns_servers: str = Field(
        "",
        pattern=r"^$|^[0-9a-fA-F.:\[\]]+:[0-9]{1,5}(,[0-9a-fA-F.:\[\]]+:[0-9]{1,5})*$",
        description="name servers to ask about signatures, as address:port, separated by commas; "
        "default: those of this machine",
    )

    mail_size_limit: int = Field(25_000_000, ge=10_000, description="largest mail taken in, in bytes")
    limit_header: int = Field(262_144, ge=1_000, description="largest header of a mail, in bytes")
    limit_field: int = Field(65_536, ge=1_000, le=262_144, description="largest header field, in bytes")
    limit_fields: int = Field(1_000, ge=20, description="most fields in the header of a mail or of a part")
    limit_received: int = Field(50, ge=1, description="most Received fields; a mail with more goes round in a loop")
    limit_encoded_words: int = Field(200, ge=1, description="most encoded words in one header field")
    limit_nesting: int = Field(50, ge=2, le=200, description="deepest nesting of the parts of a mail")
    limit_parts: int = Field(1_000, ge=2, description="most parts of a mail")
    limit_part_field: int = Field(4_096, ge=200, le=65_536, description="largest Content-* field of a part, in bytes")
    limit_lines: int = Field(500_000, ge=1_000, description="most lines of a mail")
    limit_line_work: int = Field(5_000_000, ge=1_000, description="most lines times nesting of a mail")
    limit_attachments: int = Field(250, ge=1, le=250, description="most files in a mail that is read at all")
    limit_text: int = Field(1_048_576, ge=1_000, description="largest plain text that is read, in bytes")
    limit_html: int = Field(262_144, ge=1_000, description="largest HTML that is read, in bytes")
    limit_seconds: int = Field(
        20, ge=1, le=50, description="seconds that a mail may take to read alone, as large and odd ones are"
    )
    limit_cpu: int = Field(10, ge=1, le=50, description="seconds of CPU time that it may take there")
    limit_memory: int = Field(
        2_000_000_000, ge=500_000_000, description="memory that it may take there, in bytes of address space"
    )
    sandbox_processes: int = Field(
        0, ge=0, description="files and mails that a process of ours looks into at a time; 0: one on each core"
    )
    sandbox_required: bool = Field(
        False, description="whether mails and files are read only where the kernel has all parts of the sandbox"
    )
    sender_mails: int = Field(
        100,
        ge=0,
        description="most mails of one sender to a tenant in sender_minutes, the rest is held; 0 for no limit",
    )
    sender_minutes: int = Field(10, ge=1, description="minutes within which sender_mails are counted")
    tenant_window: int = Field(200, ge=1, description="most mails of one tenant in the topics at a time")
    stall_seconds: float = Field(
        120.0, gt=0, description="seconds after which a mail that has no end state is sent again"
    )
    max_emissions: int = Field(5, ge=1, description="times a mail is sent into the topics before it is held as stalled")
    push_batch_seconds: float = Field(10.0, gt=0, description="seconds of LMTP intake that make one batch")

    source_ca_file: File | None = Field(
        None,
        description="PEM file of who signs the certificates of mailboxes' servers; default: whom this machine trusts",
    )
    source_private: bool = Field(
        False, description="whether mailboxes of tenants may be at private, link-local and loopback addresses"
    )
    source_plain: bool = Field(
        False, description="whether mailboxes may be read without TLS at servers other than this machine"
    )
    source_old_mails: int = Field(
        100, ge=0, description="most old mails that a new mailbox may have without a person being asked what to do"
    )
    source_seconds: int = Field(600, ge=5, le=850, description="longest time that one fetch of a source may take")
    source_timeout: float = Field(30.0, gt=0, le=120, description="longest silence of a mailbox's server, in seconds")

    topic_prefix: str = Field("", pattern=r"^[A-Za-z0-9._-]*$", description="put before every topic and group name")
    topic_partitions: int = Field(4, ge=1, description="partitions of each topic")
    topic_replication: int = Field(1, ge=1, description="replicas of each topic; 3 on a cluster")

    # of a field each, so that all contradictions are told at once, and with what is missing elsewhere
    @field_validator("kafka_ca_file", "kafka_cert_file", "kafka_key_file")
    @classmethod
    def _only_with_tls(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        protocol = info.data.get("kafka_security_protocol", "SSL")
        if path is not None and protocol not in ("SSL", "SASL_SSL"):
            raise ValueError(f"is set, but {PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}; make it SSL or SASL_SSL")
        return path

    @field_validator("files_url")
    @classmethod
    def _on_its_own_host(cls, url: str, info: ValidationInfo) -> str:
        if url and urlsplit(url).hostname == urlsplit(info.data.get("console_url", "")).hostname:
            raise ValueError(f"is on the host of {PREFIX}CONSOLE_URL; give files their own host, or leave it empty")
        return url

    @field_validator("smtp_ca_file", "smtp_username")
    @classmethod
    def _only_encrypted(cls, given: Path | str | None, info: ValidationInfo) -> Path | str | None:
        if given and info.data.get("smtp_security", "tls") == "none":
            raise ValueError(f"is set, but {PREFIX}SMTP_SECURITY is none; make it starttls or tls")
        return given

    @field_validator("smtp_password")
    @classmethod
    def _exactly_with_username(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "smtp_username" in info.data and bool(given) is not bool(info.data["smtp_username"]):
            raise ValueError(
                f"is set, but {PREFIX}SMTP_USERNAME is not" if given else f"is missing: {PREFIX}SMTP_USERNAME is set"
            )
        return given

    @field_validator("kafka_key_file")
    @classmethod
    def _only_with_certificate(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and info.data.get("kafka_cert_file", path) is None:
            raise ValueError(f"is set, but {PREFIX}KAFKA_CERT_FILE is not; set both, or none")
        return path

    @field_validator("kafka_username", "kafka_password")
    @classmethod
    def _exactly_with_sasl(cls, given: str | SecretStr | None, info: ValidationInfo) -> str | SecretStr | None:
        protocol = info.data.get("kafka_security_protocol")
        if protocol in ("SASL_PLAINTEXT", "SASL_SSL") and not given:
            raise ValueError(f"is missing: {PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}")
        if protocol in ("PLAINTEXT", "SSL") and given:
            raise ValueError(f"is set, but {PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}; make it SASL_SSL")
        return given


def environment(values: Mapping[str, str]) -> dict[str, str]:
    """Settings by field name as the variables that they are read from."""
    return {f"{PREFIX}{name.upper()}": value for name, value in values.items()}


def load() -> Settings:
    """Reads the settings from the environment.

    Raises `SettingsError` with a line for each missing or wrong variable, all at once.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError([_problem(dict(item)) for item in error.errors()]) from None


def _problem(item: dict[str, object]) -> str:
    location = item["loc"]
    assert isinstance(location, tuple)
    name = str(location[0])
    field = Settings.model_fields.get(name)
    meaning = field.description if field else ""
    what = "is missing" if item["type"] == "missing" else str(item["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{name.upper()} {what}. It holds {meaning}."
