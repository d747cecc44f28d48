"""Public internet addresses, the only ones that a stranger's link or webhook may lead to."""

import ipaddress

UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that IANA has allocated; fec0::/10 and such are outside it
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


def is_public(text: str) -> bool:
    """Tell whether an address is global unicast; for one that embeds an IPv4 address, whether that is."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        embedded = _embedded(address)
        if embedded is None and (address not in UNICAST or address in SIX_TO_FOUR):
            return False
        address = embedded or address
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else address.ipv4_mapped
