"""Where a webhook may go: to a public name on port 443, and to public addresses of it alone.

Whoever may set a URL must not be able to reach anything that only we can reach. A URL is checked
when it is set. The addresses of its name are checked at each try: every one of them, and the one
that is connected to is one of these, so a name that resolves twice gains nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from unicodedata import normalize

from makegood.domain.problems import Malformed

URL_MAX = 1_000
HOST_MAX = 253
PORT = 443

_URL = re.compile(r"(https?)://([^/?#]*)(/[^?#]*)?(\?[^#]*)?", re.IGNORECASE)
_ODD = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff<>\"^`{|}]")
"""Controls, blanks, backslashes and what no URL holds: parsers differ about them."""

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
_IS_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""The last label of a host that is an address in some notation: `127.1`, `0x7f000001`."""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

NOT_PUBLIC: dict[str, tuple[str, ...]] = {
    "this network": ("0.0.0.0/8",),
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "shared by carriers": ("100.64.0.0/10",),
    "loopback": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "metadata": ("fd00:ec2::/32",),
    "reserved by the IETF": ("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "2001::/23"),
    "documentation": (
        "192.0.2.0/24",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "2001:db8::/32",
        "3fff::/20",
    ),
    "relays": ("192.88.99.0/24", "192.175.48.0/24", "2002::/16", "2620:4f:8000::/48"),
    "benchmarks": ("198.18.0.0/15",),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "reserved": ("240.0.0.0/4",),
    "IPv4 in IPv6": ("::/96", "::ffff:0:0/96", "::ffff:0:0:0/96"),
    "NAT64": ("64:ff9b::/96", "64:ff9b:1::/48"),
    "discarded": ("100::/64",),
    "unique local": ("fc00::/7",),
    "site-local": ("fec0::/10",),
}
"""Networks that nothing is sent to, by the name of their class (IANA's registries of special
addresses). Of IPv6 only 2000::/3 is public at all.
"""

_PUBLIC_IPV6 = IPv6Network("2000::/3")
_NETWORKS: list[tuple[str, IPv4Network | IPv6Network]] = [
    (name, ip_network(each)) for name, networks in NOT_PUBLIC.items() for each in networks
]


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL. `host` is ASCII, as it is resolved and named to the server; `path` has the
    query.
    """

    host: str
    path: str
    port: int = PORT
    is_tls: bool = True
    is_loopback: bool = False

    @property
    def authority(self) -> str:
        """For the header `Host`."""
        usual = PORT if self.is_tls else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def _refused(why: str) -> Malformed:
    return Malformed("bad_url", why)


def target(url: str, *, loopback: bool = False) -> Target:
    """Reads a URL; raises `Malformed` unless it is https, on port 443, of a public name.

    `loopback` lets it be any port of this machine besides; production never sets it.
    """
    if len(url) > URL_MAX or _ODD.search(url):
        raise _refused(f"Up to {URL_MAX:,} characters without blanks, controls and backslashes")
    match = _URL.fullmatch(url)
    if match is None:
        raise _refused("A URL like https://hooks.example.com/makegood, without a fragment")
    scheme, authority, path, query = match.groups(default="")
    if "@" in authority:
        raise _refused("Leave the user and the password out; the signature says who sends")
    is_tls, path = scheme.lower() == "https", _ascii((path or "/") + query)
    if loopback and (here := _on_this_machine(authority)):
        host, port = here
        return Target(host, path, port or (PORT if is_tls else 80), is_tls, is_loopback=True)
    if not is_tls:
        raise _refused("Only https: what is sent is for nobody else")
    name, colon, port_text = authority.partition(":")
    if colon and port_text != str(PORT):
        raise _refused(f"Only port {PORT}")
    return Target(_name(name), path)


def _on_this_machine(authority: str) -> tuple[str, int] | None:
    for host in LOOPBACK:
        rest = authority.lower().removeprefix(host)
        if rest == "":
            return host.strip("[]"), 0
        if rest != authority.lower() and re.fullmatch(r":[0-9]{1,5}", rest):
            return host.strip("[]"), int(rest[1:])
    return None


def _ascii(path: str) -> str:
    """Letters of other scripts as UTF-8 with percent signs, as browsers send them."""
    return "".join(
        each if each.isascii() else "".join(f"%{byte:02X}" for byte in each.encode())
        for each in path
    )


def _name(text: str) -> str:
    """A host's name in ASCII (IDNA); an address is none, however it is written. Letters that IDNA
    of 2003 replaces, and that of 2008 keeps, would be another domain's name: ß is ss to the former.
    """
    try:
        name = text.encode("idna").decode("ascii").lower()
        is_kept = text.isascii() or name.encode("ascii").decode("idna") == _plain(text)
    except UnicodeError:
        raise _refused("The host is no name; write it like hooks.example.com") from None
    if not is_kept:
        raise _refused("The host has letters that are read in two ways; write it as xn--…")
    labels = name.split(".")
    is_named = len(labels) > 1 and all(_LABEL.fullmatch(each) for each in labels)
    if not is_named or len(name) > HOST_MAX or _IS_NUMBER.fullmatch(labels[-1]):
        raise _refused("The host is a public name like hooks.example.com, no address")
    return name


def _plain(name: str) -> str:
    """A name in small letters, each by itself, and with the dots of other scripts as dots."""
    small = "".join(each.lower() for each in normalize("NFKC", name))
    return normalize("NFKC", small).replace("\u3002", ".")


def why_not(address: str) -> str:
    """The class of addresses that is the reason to send nothing there; "" of a public one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "no address"
    for name, network in _NETWORKS:
        if parsed.version == network.version and parsed in network:
            return name
    if isinstance(parsed, IPv6Address) and (parsed.scope_id or parsed not in _PUBLIC_IPV6):
        return "not public"
    return ""


def refused_of(addresses: Iterable[str], *, loopback: bool = False) -> dict[str, str]:
    """Of the addresses of a name, those that nothing is sent to, each with its class. If there is
    one, nothing is sent at all.
    """
    classes = {each: why_not(each) for each in addresses}
    return {
        address: name
        for address, name in classes.items()
        if name and not (loopback and name == "loopback")
    }
