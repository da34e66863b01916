"""Limits on what strangers may use of an HTTP server: connections, requests, octets, time; by address and in total.

Behind a trusted proxy, the address is that in X-Forwarded-For; the proxy's own address has no limit.
"""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

#: Why a client is refused: too many connections or requests at a time, a header too large, a client too slow, too many
#: octets of bodies at a time.
CAUSES = ("connections", "requests", "header", "slow", "octets")


@dataclass(frozen=True)
class HttpLimits:
    """The limits of one server, in octets unless a name says otherwise; `address_...` is for one client address.

    A body may take `body_seconds` and a second more for each `rate` octets; a response `write_seconds` likewise.
    `trusted` has addresses and networks of proxies.
    """

    header_bytes: int = 16_384
    header_fields: int = 100
    cookie_bytes: int = 4_096
    header_seconds: float = 10.0
    body_seconds: float = 20.0
    write_seconds: float = 30.0
    idle_seconds: int = 5
    rate: int = 1_000
    connections: int = 1_000
    address_connections: int = 100
    requests: int = 200
    address_requests: int = 50
    bodies: int = 500_000_000
    address_bodies: int = 200_000_000
    trusted: tuple[str, ...] = ("127.0.0.1", "::1")

    @cached_property
    def _networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(network) for network in self.trusted)

    def trusts(self, host: str) -> bool:
        """Returns whether this is the address of a proxy. Raises `ValueError` when `trusted` has a wrong entry."""
        try:
            address = ip_address(host.removesuffix("/64"))
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def network_of(host: str) -> str:
    """Returns what is counted for an address: itself, or for IPv6 its /64 network, all of which one client may use."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
