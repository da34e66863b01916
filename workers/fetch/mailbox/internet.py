"""Recognizes addresses on the Internet, by an explicit list of the networks that IANA gives out to anybody.

All other addresses belong to this machine, to the networks around it, or to the cloud that it runs in, and no tenant
may make us connect to them. The standard library's `is_global` accepts more addresses, and differs between Python
versions.

Sources: IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890), and of IPv6 unicast addresses.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

#: The networks that are given out: class A to C, and the eighth of IPv6 that is global unicast (RFC 4291 section 2.4).
_GIVEN_OUT = tuple(ip_network(network) for network in ("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "2000::/3"))
#: The networks among them that have a special use.
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by carriers, and by clouds, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "168.63.129.16/32",  # serves machines in Azure
        "169.254.0.0/16",  # link-local, and the metadata of machines in a cloud, RFC 3927
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # IETF protocols, and Oracle's cloud, RFC 6890
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # relays of 6to4, RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "2001::/23",  # IETF protocols, Teredo (RFC 4380) among them, RFC 2928
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3fff::/20",  # documentation, RFC 9637
    )
)
#: IPv6 networks whose last 32 bits are an IPv4 address: mapped (RFC 4291 section 2.5.5.2), and translated by a
#: well-known prefix (RFC 6052 section 2.1). All other such networks are outside of _GIVEN_OUT.
_STANDS_FOR_IPV4 = (ip_network("::ffff:0:0/96"), ip_network("64:ff9b::/96"))
#: Bits 64 to 95 of an ISATAP address, which ends in an IPv4 address (RFC 5214 section 6.1).
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
_LOW = 0xFFFF_FFFF


def is_public(text: str) -> bool:
    """Returns whether an address is on the Internet. Raises `ValueError` for anything but an address."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        bits = int(address)
        if any(address in network for network in _STANDS_FOR_IPV4):
            return is_public(str(IPv4Address(bits & _LOW)))
        if (bits >> 32) & _LOW in _ISATAP and not is_public(str(IPv4Address(bits & _LOW))):
            return False
    return _within(address, _GIVEN_OUT) and not _within(address, _SPECIAL)


def _within(address: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
