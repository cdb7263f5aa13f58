"""Whether an address belongs to the public internet, however it is written and whatever it is wrapped in."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

# IANA's special-purpose registries (RFC 6890 and later) come with `ipaddress`, in the state of the Python at hand: what
# 3.11.7 does not know yet, and what its `is_global` lets pass, is added here.
NOT_PUBLIC_4 = (
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments; 192.0.0.192 is a cloud's metadata
    IPv4Network("192.88.99.0/24"),  # relays of 6to4, which are no more (RFC 7526)
    IPv4Network("168.63.129.16/32"),  # the inside of Azure's hosts, under a public number
    IPv4Network("224.0.0.0/4"),  # multicast
)
NOT_PUBLIC_6 = (
    IPv6Network("2001::/23"),  # protocol assignments, with Teredo (RFC 4380), which tunnels to any IPv4 address
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("3fff::/20"),  # documentation (RFC 9637)
)
GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that IANA has given out so far (RFC 4291, 2.4)
NAT64 = IPv6Network("64:ff9b::/96")  # the last 32 bits are an IPv4 address (RFC 6052); networks without IPv4 reach it so

PRIVATE_ENDINGS = (
    ".localhost",  # RFC 6761
    ".local",  # RFC 6762
    ".internal",  # set aside by ICANN in 2024; where clouds keep their metadata
    ".home.arpa",  # RFC 8375
)


def is_public(address: Address) -> bool:
    """Whether packets to an address leave for the public internet.

    >>> [is_public(ip_address(a)) for a in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")]
    [True, False, False, False, False]
    >>> [is_public(ip_address(a)) for a in ("2606:4700::1111", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808")]
    [True, False, False, True]
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in NOT_PUBLIC_4)
    inside = address.ipv4_mapped or address.sixtofour
    if address in NAT64:
        inside = IPv4Address(int(address) & 0xFFFFFFFF)
    if inside:
        return is_public(inside)
    return address in GLOBAL_UNICAST and address.is_global and not any(address in network for network in NOT_PUBLIC_6)


def read_address(host: str) -> Address | None:
    """The address that a host spells out, also in the ways of inet_aton(3): decimal, octal, hex, shortened. None: a name.

    >>> {str(read_address(host)) for host in ("127.0.0.1", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "127.0.0.1.")}
    {'127.0.0.1'}
    >>> read_address("127.example")
    """
    bare = host.strip("[]").partition("%")[0].rstrip(".")
    try:
        return ip_address(bare)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(bare)) if bare and not bare.split()[1:] else None
    except (OSError, UnicodeError):
        return None


def is_public_name(host: str) -> bool:
    """Whether a host may be public as far as its spelling tells: for what a proxy looks up in our place.

    >>> [is_public_name(host) for host in ("feeds.example.org", "localhost", "nas", "printer.local", "10.0.0.1", "0x7f.1")]
    [True, False, False, False, False, False]
    """
    address = read_address(host)
    if address is not None:
        return is_public(address)
    name = host.lower().rstrip(".")
    return "." in name and not name.endswith(PRIVATE_ENDINGS)
