"""Settings of the servers that casemail connects to: Kafka, PostgreSQL, blob store, mail server, scanner."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from schemas.settings.group import PREFIX, Group
from schemas.settings.value_types import Address, DatabaseUrl, File, Port


class Kafka(Group):
    """How to reach Kafka, and how to log in there."""

    variable_prefix: ClassVar[str] = "KAFKA_"

    servers: str = Field(min_length=3, description="Kafka servers as host:port, separated by commas")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="the protocol to Kafka: SSL is TLS, SASL is a user name and a password"
    )
    ca_file: File | None = Field(
        None,
        description="PEM file of the authority that signs Kafka's certificates; default: those that this machine "
        "trusts",
    )
    cert_file: File | None = Field(
        None, description="PEM file with our certificate and its chain, for a Kafka that asks for one"
    )
    key_file: File | None = Field(
        None, description="PEM file with the key of that certificate, without a password; default: in the same file"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="the SASL mechanism by which the password is checked"
    )
    username: str | None = Field(None, description="our user name at Kafka")
    password: SecretStr | None = Field(None, description="our password at Kafka")

    @field_validator("ca_file", "cert_file", "key_file")
    @classmethod
    def _only_with_tls(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        protocol = info.data.get("security_protocol", "SSL")
        if path is not None and protocol not in ("SSL", "SASL_SSL"):
            raise ValueError(f"is set, but {PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}; make it SSL or SASL_SSL")
        return path

    @field_validator("key_file")
    @classmethod
    def _only_with_certificate(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and info.data.get("cert_file", path) is None:
            raise ValueError(f"is set, but {PREFIX}KAFKA_CERT_FILE is not; set both, or none")
        return path

    @field_validator("username", "password")
    @classmethod
    def _exactly_with_sasl(cls, given: str | SecretStr | None, info: ValidationInfo) -> str | SecretStr | None:
        protocol = info.data.get("security_protocol")
        if protocol in ("SASL_PLAINTEXT", "SASL_SSL") and not given:
            raise ValueError(f"is missing: {PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}")
        if protocol in ("PLAINTEXT", "SSL") and given:
            raise ValueError(f"is set, but {PREFIX}KAFKA_SECURITY_PROTOCOL is {protocol}; make it SASL_SSL")
        return given


class Topics(Group):
    """How topics are named and created."""

    variable_prefix: ClassVar[str] = "TOPIC_"

    prefix: str = Field("", pattern=r"^[A-Za-z0-9._-]*$", description="prefix of all topic and group names")
    partitions: int = Field(4, ge=1, description="partitions of each topic")
    replication: int = Field(1, ge=1, description="replicas of each topic; 3 on a cluster")


class Database(Group):
    """How to reach PostgreSQL, and how long its answers may take."""

    variable_prefix: ClassVar[str] = "DATABASE_"
    variable_names: ClassVar[Mapping[str, str]] = {"owner_url": "OWNER_DATABASE_URL"}

    url: DatabaseUrl = Field(description="PostgreSQL URL of the login role that runs casemail")
    owner_url: DatabaseUrl | None = Field(
        None,
        description="PostgreSQL URL of the role that owns the tables, for `casemail migrate`, `tenant` and `user`",
    )
    pooler: bool = Field(
        False,
        description="whether a pooler such as PgBouncer is between casemail and PostgreSQL; in transaction mode, too",
    )
    connect_seconds: int = Field(
        5, ge=2, le=60, description="longest time to connect to PostgreSQL, or to wait for a simple answer, in seconds"
    )
    statement_seconds: int = Field(
        30, ge=1, le=300, description="longest time of a statement on the rows of one tenant, in seconds"
    )
    system_seconds: int = Field(
        10, ge=1, le=300, description="longest time of a statement across tenants (intake, dispatcher), in seconds"
    )
    lock_seconds: int = Field(
        10, ge=1, le=300, description="longest time that a statement waits for the lock of another one, in seconds"
    )
    idle_seconds: int = Field(120, ge=10, description="longest time that a transaction may stay idle, in seconds")
    check_hour: int = Field(
        3,
        ge=0,
        le=23,
        description="hour of the day (UTC) at which the counts of mails are compared with all rows; that reads for "
        "seconds to minutes",
    )


class Blobs(Group):
    """Where raw mail and files are stored."""

    variable_prefix: ClassVar[str] = "BLOB_"

    url: str = Field(
        min_length=1, description="where raw mail and files are stored: a folder, or an s3://, gs:// or az:// URL"
    )


class Smtp(Group):
    """The mail server that sends outgoing mail."""

    variable_prefix: ClassVar[str] = "SMTP_"

    host: str = Field("127.0.0.1", description="mail server for outgoing mail")
    port: Port = Field(25, description="port of that mail server")
    timeout: float = Field(30.0, gt=0, le=30, description="seconds an outgoing SMTP step may take")
    security: Literal["none", "starttls", "tls"] = Field(
        "none", description="encryption to that mail server: none, after STARTTLS, or TLS from the start"
    )
    ca_file: File | None = Field(
        None,
        description="PEM file of the authority that signs that mail server's certificate; default: those that "
        "this machine trusts",
    )
    username: str | None = Field(None, description="our user name at that mail server; default: no log-in")
    password: SecretStr | None = Field(None, description="our password at that mail server")
    domain_limit: int = Field(0, ge=0, description="most mails a minute to one recipient domain; 0: no limit")
    tenant_limit: int = Field(0, ge=0, description="most mails a minute of one tenant; 0: no limit")

    @field_validator("ca_file", "username")
    @classmethod
    def _only_encrypted(cls, given: Path | str | None, info: ValidationInfo) -> Path | str | None:
        if given and info.data.get("security", "tls") == "none":
            raise ValueError(f"is set, but {PREFIX}SMTP_SECURITY is none; make it starttls or tls")
        return given

    @field_validator("password")
    @classmethod
    def _exactly_with_username(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "username" in info.data and bool(given) is not bool(info.data["username"]):
            raise ValueError(
                f"is set, but {PREFIX}SMTP_USERNAME is not" if given else f"is missing: {PREFIX}SMTP_USERNAME is set"
            )
        return given


class Clamd(Group):
    """The malware scanner."""

    variable_prefix: ClassVar[str] = "CLAMD_"
    variable_names: ClassVar[Mapping[str, str]] = {"address": "CLAMD"}

    address: Address = Field(
        "",
        description="clamd that scans files for malware, as host:port or the path of its Unix socket; "
        "default: files are not scanned",
    )
    seconds: float = Field(20.0, gt=0, le=50, description="seconds that clamd may take for one file")
