"""Settings of how mail is processed: keys, intake, limits, sandbox, authentication, sources, canaries."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from schemas.settings.group import Group
from schemas.settings.value_types import AddressKeys, File, Networks, SecretKeys, SessionSecrets


class Secrets(Group):
    """Keys that sign addresses and log-ins, and encrypt passwords."""

    address_keys: AddressKeys = Field(
        description="keys of the reply and case addresses, as a:BASE32[,b:BASE32]; the first key makes new addresses, "
        "the other keys still read old ones; `casemail key` makes a key"
    )
    session_secret: SessionSecrets = Field(
        description="secrets of the console's log-ins and links, 32 characters or more each, separated by commas; the "
        "first secret signs, the others still verify older signatures"
    )
    secret_keys: SecretKeys = Field(
        (),
        description="keys that seal the passwords of mailboxes, separated by commas; the first key seals, the "
        "other keys still open older ones; `casemail key --secret` makes a key",
    )


class Intake(Group):
    """How much mail is accepted, and how fast it goes into the topics."""

    disk_reserve: int = Field(
        1_000_000_000,
        ge=0,
        description="free bytes on the disk of the blob store below which no mail is accepted; 0: no limit",
    )
    disk_check_seconds: float = Field(
        1.0, ge=0, description="seconds between two checks of the free bytes on that disk"
    )
    push_batch_seconds: float = Field(10.0, gt=0, description="seconds of LMTP intake that form one batch")
    sender_mails: int = Field(
        100,
        ge=0,
        description="most mails of one sender to a tenant in CASEMAIL_SENDER_MINUTES, the rest is held; 0: no limit",
    )
    sender_minutes: int = Field(10, ge=1, description="minutes over which CASEMAIL_SENDER_MAILS are counted")
    tenant_window: int = Field(200, ge=1, description="most mails of one tenant in the topics at a time")
    queue_seconds: float = Field(
        0.5,
        gt=0,
        le=60,
        description="seconds of work that may be in the topics when several tenants have mail waiting; they take turns",
    )
    stall_seconds: float = Field(
        120.0, gt=0, description="seconds after which a mail without an end state is sent into the topics again"
    )
    max_emissions: int = Field(5, ge=1, description="times a mail is sent into the topics before it is held as stalled")


class Limits(Group):
    """How large and how complex a mail may be."""

    variable_prefix: ClassVar[str] = "LIMIT_"
    variable_names: ClassVar[Mapping[str, str]] = {"mail": "MAIL_SIZE_LIMIT"}

    mail: int = Field(25_000_000, ge=10_000, description="largest mail that is accepted, in bytes")
    header: int = Field(262_144, ge=1_000, description="largest header of a mail, in bytes")
    field: int = Field(65_536, ge=1_000, le=262_144, description="largest header field, in bytes")
    fields: int = Field(1_000, ge=20, description="most fields in the header of a mail or of a part")
    received: int = Field(50, ge=1, description="most Received fields; a mail with more is in a loop")
    encoded_words: int = Field(200, ge=1, description="most encoded words in one header field")
    nesting: int = Field(50, ge=2, le=200, description="deepest nesting of the parts of a mail")
    parts: int = Field(1_000, ge=2, description="most parts of a mail")
    part_field: int = Field(4_096, ge=200, le=65_536, description="largest Content-* field of a part, in bytes")
    lines: int = Field(500_000, ge=1_000, description="most lines of a mail")
    line_work: int = Field(5_000_000, ge=1_000, description="most lines times nesting of a mail")
    attachments: int = Field(250, ge=1, le=250, description="most files in a mail")
    text: int = Field(1_048_576, ge=1_000, description="largest plain text that is read, in bytes")
    html: int = Field(
        4_194_304, ge=1_000, description="largest HTML that is read, in bytes without the pictures that it contains"
    )
    seconds: int = Field(
        20, ge=1, le=50, description="seconds to parse a mail in the sandbox, as is done with large and unusual mails"
    )
    cpu: int = Field(10, ge=1, le=50, description="seconds of CPU time to parse a mail there")
    memory: int = Field(
        2_000_000_000, ge=500_000_000, description="memory to parse a mail there, in bytes of address space"
    )


class Sandbox(Group):
    """The processes that read mails and files in isolation."""

    variable_prefix: ClassVar[str] = "SANDBOX_"

    processes: int = Field(
        0,
        ge=0,
        description="files and mails of one tenant that a process reads at the same time, beside one of another "
        "tenant; 0: one for each core",
    )
    required: bool = Field(False, description="whether to refuse to start where the kernel lacks a part of the sandbox")


class Authentication(Group):
    """How the senders of mail are verified."""

    authserv_id: str = Field(
        "",
        description="name under which the mail server in front of casemail writes Authentication-Results; "
        "default: signatures are checked here",
    )
    authserv_fields: int = Field(
        1,
        ge=1,
        le=10,
        description="most such fields that it writes into one mail; OpenDKIM and OpenDMARC write one each",
    )
    authserv_peers: Networks = Field(
        ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        description="addresses of that server, as networks separated by commas",
    )
    dns_servers: str = Field(
        "",
        pattern=r"^$|^[0-9a-fA-F.:\[\]]+:[0-9]{1,5}(,[0-9a-fA-F.:\[\]]+:[0-9]{1,5})*$",
        description="name servers for the check of signatures, as address:port, separated by commas; "
        "default: those of this machine",
    )


class Sources(Group):
    """How mailboxes are fetched."""

    variable_prefix: ClassVar[str] = "SOURCE_"

    ca_file: File | None = Field(
        None,
        description="PEM file of the authority that signs the certificates of mailboxes' servers; default: those "
        "that this machine trusts",
    )
    private: bool = Field(
        False, description="whether mailboxes of tenants may be at private, link-local and loopback addresses"
    )
    plain: bool = Field(
        False, description="whether mailboxes may be read without TLS at servers other than this machine"
    )
    old_mails: int = Field(
        100, ge=0, description="most old mails in a new mailbox before a person is asked what to do with them"
    )
    seconds: int = Field(600, ge=5, le=850, description="longest time of one fetch of a source, in seconds")
    timeout: float = Field(30.0, gt=0, le=120, description="longest silence of a mailbox's server, in seconds")


class Canaries(Group):
    """Test mails that show whether mail arrives."""

    variable_prefix: ClassVar[str] = "CANARY_"

    seconds: int = Field(0, ge=0, description="seconds between two canary mails to each tenant; 0: none is sent")
    smtp: str = Field(
        "",
        pattern=r"^$|^[A-Za-z0-9.\[\]:-]+:[0-9]{1,5}$",
        description="host:port of the mail server that receives canaries; default: our LMTP server",
    )
    late_seconds: int = Field(300, ge=1, description="seconds after which a canary that did not arrive is missing")
