"""A Kafka that requires TLS, passwords and certificates, except on the plain listener with which it is started."""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from trustme import CA, LeafCert

from ops.embedded import Kafka, free_port
from workers.broker.options import Mechanism, Security

USER, PASSWORD = "casemail", "right-password"
JAAS = "org.apache.kafka.common.security"
PROTOCOLS = ("SASL_SSL", "SASL_PLAINTEXT", "SSL")


class SecureKafka(Kafka):
    """Listens for SASL_SSL, SASL_PLAINTEXT (SCRAM-SHA-256 only), and SSL with client certificates; has one user."""

    FORMAT_OPTIONS = tuple(
        part
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
        for part in ("--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]")
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.addresses = {protocol: f"127.0.0.1:{free_port()}" for protocol in PROTOCOLS}
        self.folder.mkdir(parents=True, exist_ok=True)
        authority = CA()
        self.ca_file = self.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        self._server_pem = self._issue(authority, "127.0.0.1", "server.pem")
        self.client_pem = self._issue(authority, "client.example", "client.pem")
        self.foreign_ca_file = self.folder / "foreign.pem"
        CA().cert_pem.write_to_path(str(self.foreign_ca_file))

    def security(
        self, mechanism: Mechanism = "SCRAM-SHA-256", password: str = PASSWORD, ca_file: Path | None = None
    ) -> Security:
        """Returns the security that the listener for SASL_SSL requires, changed by the arguments."""
        return Security("SASL_SSL", ca_file or self.ca_file, mechanism=mechanism, username=USER, password=password)

    def _issue(self, authority: CA, name: str, file: str) -> Path:
        leaf = authority.issue_cert(name)
        path = self.folder / file
        path.write_bytes(_pkcs8(leaf) + b"".join(part.bytes() for part in leaf.cert_chain_pems))
        return path

    def _properties(self) -> dict[str, str]:
        plain = super()._properties()
        listeners = "".join(f",{protocol}://{address}" for protocol, address in self.addresses.items())
        protocols = "".join(f",{protocol}:{protocol}" for protocol in PROTOCOLS)
        users = {
            f"listener.name.{listener}.{mechanism}.sasl.jaas.config": module
            for listener in ("sasl_ssl", "sasl_plaintext")
            for mechanism, module in (
                ("plain", f'{JAAS}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'),
                ("scram-sha-256", f"{JAAS}.scram.ScramLoginModule required;"),
                ("scram-sha-512", f"{JAAS}.scram.ScramLoginModule required;"),
            )
        }
        return (
            plain
            | users
            | {
                "listeners": plain["listeners"] + listeners,
                "listener.security.protocol.map": plain["listener.security.protocol.map"] + protocols,
                "inter.broker.listener.name": "PLAINTEXT",
                "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "SCRAM-SHA-256",
                "ssl.keystore.type": "PEM",
                "ssl.keystore.location": self._server_pem.name,  # Kafka runs in the folder
                "ssl.truststore.type": "PEM",
                "ssl.truststore.location": self.ca_file.name,
                "listener.name.ssl.ssl.client.auth": "required",
            }
        )


def _pkcs8(leaf: LeafCert) -> bytes:
    """Returns the private key in PKCS #8, the only form that Kafka reads."""
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
