"""Finds out why Kafka can't be used.

kafka-python 3.0 retries whatever is wrong, even a password, and then only reports a timeout.
"""

import socket
import ssl
from urllib.parse import urlsplit

from workers.broker.errors import KafkaRefused, KafkaUnreachable
from workers.broker.options import Security

PROBE_SECONDS = 2.0
ANSWER_SECONDS = 0.5
DEFAULT_PORT = 9092  # kafka-python's


def explain(servers: str, security: Security) -> KafkaUnreachable:
    """Returns the exception for a client that could not connect; probes the first of `servers` that can be reached.

    Its text is one line without passwords. Takes up to PROBE_SECONDS for each server, and as long for TLS.
    """
    for server in servers.split(","):
        try:
            reached = socket.create_connection(_host_and_port(server), timeout=PROBE_SECONDS)
        except OSError:
            continue
        with reached:
            return KafkaRefused(f"Kafka at {server} can't be used: {_cause(reached, server, security)}")
    return KafkaUnreachable(f"Kafka does not answer at {servers}: check the address, and that it runs")


def answers(servers: str) -> bool:
    """Returns whether one of `servers` accepts a connection. Takes up to ANSWER_SECONDS for each."""
    for server in servers.split(","):
        try:
            socket.create_connection(_host_and_port(server), timeout=ANSWER_SECONDS).close()
        except OSError:
            continue
        return True
    return False


def _cause(reached: socket.socket, server: str, security: Security) -> str:
    if security.tls and (failure := _tls_failure(reached, _host_and_port(server)[0], security)):
        return failure
    if security.sasl:  # Kafka may close the connection with or without an error: no more is known
        return (
            f"it refuses user {security.username} by {security.protocol} with {security.mechanism}: "
            "check the user name, the password, the SASL mechanism and the security protocol"
        )
    if security.tls:
        return "it does not answer to SSL: check the security protocol, and whether it asks for a client certificate"
    return "it does not answer to PLAINTEXT: check the security protocol"


def _tls_failure(reached: socket.socket, host: str, security: Security) -> str | None:
    """Returns what is wrong with TLS; None after a handshake, even if Kafka will refuse our certificate later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # as in kafka-python; names are checked
    try:
        if security.ca_file:
            context.load_verify_locations(security.ca_file)
        else:
            context.load_default_certs()
        if security.cert_file:
            context.load_cert_chain(security.cert_file, security.key_file, password="")
    except OSError as error:  # ssl's errors are OSErrors, too
        return f"CA file, certificate or key can't be read as PEM, or the key does not fit the certificate: {error}"
    try:
        context.wrap_socket(reached, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not trusted ({error.verify_message}): check the CA file, and the name of the server"
    except OSError as error:
        return f"there is no TLS with it ({error}): check the security protocol"
    return None


def _host_and_port(server: str) -> tuple[str, int]:
    found = urlsplit(f"//{server.strip()}")
    return found.hostname or "", found.port or DEFAULT_PORT
