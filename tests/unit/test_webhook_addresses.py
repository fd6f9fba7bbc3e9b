"""Where webhooks may go: each rule with what tries to get around it."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import webhook_addresses
from makegood.domain.problems import Malformed
from makegood.domain.webhook_addresses import NOT_PUBLIC, URL_MAX, refused_of, target, why_not

GOOD = "https://hooks.example.com/makegood?x=1"


def test_a_public_name_on_the_usual_port_is_taken() -> None:
    for url in (GOOD, "HTTPS://Hooks.Example.COM:443/makegood?x=1"):
        found = target(url)
        assert (found.host, found.port, found.path) == ("hooks.example.com", 443, "/makegood?x=1")
        assert found.authority == "hooks.example.com"
    assert target("https://hooks.example.com").path == "/"
    assert target("https://hooks.example.com?x=1").path == "/?x=1"


def test_names_and_paths_of_other_scripts_are_sent_in_ascii() -> None:
    found = target("https://bücher.example.com/ä")
    assert (found.host, found.path) == ("xn--bcher-kva.example.com", "/%C3%A4")


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("xn--fa-hia.de", "xn--fa-hia.de"),
        ("B\u00dcCHER.example.com", "xn--bcher-kva.example.com"),
        ("bu\u0308cher.example.com", "xn--bcher-kva.example.com"),
        ("\uff42\u00fccher\uff0eexample\u3002com", "xn--bcher-kva.example.com"),
        ("\u0392\u039f\u03a3.example.com", "xn--nxa0am.example.com"),
    ],
)
def test_a_name_that_is_read_in_one_way_is_taken_however_it_is_written(
    name: str, host: str
) -> None:
    assert target(f"https://{name}/").host == host


@pytest.mark.parametrize(
    "name",
    [
        "fa\u00df.de",
        "FA\u1e9e.de",
        "hooks.stra\u00dfe.example",
        "\u03b2\u03cc\u03bb\u03bf\u03c2.gr",
        "hooks\u200c.example.com",
        "\u0915\u094d\u200d\u0937.example.com",
        "hooks\u00ad.example.com",
    ],
    ids=ascii,
)
def test_a_name_that_was_another_one_in_2003_is_refused(name: str) -> None:
    with pytest.raises(Malformed):
        target(f"https://{name}/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "gopher://hooks.example.com/",
        "file:///etc/passwd",
        "https:///path",
        "https://hooks.example.com/#fragment",
        "https://user@hooks.example.com/",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com@10.0.0.1/",
        "https://@hooks.example.com/",
        "https://hooks.example.com:80/",
        "https://hooks.example.com:8443/",
        "https://hooks.example.com:0443/",
        "https://hooks.example.com:/",
        "https://hooks.example.com:443:443/",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://0x7f.1/",
        "https://hooks.0x7f/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://8.8.8.8/",
        "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
        "https://hooks.example.com./",
        "https://-hooks.example.com/",
        "https://hooks..example.com/",
        "https://hooks.example.com\\@10.0.0.1/",
        "https://hooks.example.com/\r\nHost: other",
        "https://hooks.example.com/a b",
        "https://hooks.example.com\t/",
        "https://hooks.example.com%2f@10.0.0.1/",
        "https://" + "a" * 64 + ".com/",
        "https://" + ".".join(["abcdefgh"] * 30) + ".com/",
        GOOD + "x" * URL_MAX,
        "https://hooks.example.com/\ud800",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        target(url)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:1", "[::1]:9000"])
def test_this_machine_is_reached_by_a_parameter_alone(host: str) -> None:
    url = f"http://{host}/x"
    found = target(url, loopback=True)
    assert (found.is_loopback, found.is_tls) == (True, False)
    assert found.port == int(host.rpartition(":")[2])
    with pytest.raises(Malformed):
        target(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "http://10.0.0.1/",
        "http://localhost.example.com/",
        "http://127.0.0.1@10.0.0.1/",
        "http://127.0.0.1:80:80/",
        "https://hooks.example.com:8443/",
    ],
)
def test_the_parameter_opens_nothing_but_this_machine(url: str) -> None:
    with pytest.raises(Malformed):
        target(url, loopback=True)


@pytest.mark.parametrize(
    "name", [(name, each) for name, networks in NOT_PUBLIC.items() for each in networks]
)
def test_nothing_is_sent_to_either_end_of_a_network_that_is_not_public(
    name: tuple[str, str],
) -> None:
    network = ip_network(name[1])
    for address in (network.network_address, network.broadcast_address):
        assert why_not(str(address))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.170.2",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:fb:0:1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "0.0.0.1",
        "::",
        "255.255.255.255",
        "100.64.0.1",
        "192.168.1.1",
        "172.31.255.255",
        "4000::1",
        "127.1",
        "0x7f000001",
        "010.0.0.1",
        "",
        "hooks.example.com",
    ],
)
def test_ways_around_the_classes_lead_nowhere(address: str) -> None:
    assert why_not(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111"])
def test_public_addresses_are_sent_to(address: str) -> None:
    assert why_not(address) == ""


def test_one_address_that_is_refused_refuses_the_name() -> None:
    assert refused_of(["8.8.8.8", "10.0.0.1"]) == {"10.0.0.1": "private"}
    assert refused_of(["127.0.0.1"], loopback=True) == {}
    assert refused_of(["127.0.0.1", "10.0.0.1"], loopback=True) == {"10.0.0.1": "private"}


@given(st.ip_addresses())
def test_what_python_s_own_tables_call_private_is_never_sent_to(address: object) -> None:
    parsed = webhook_addresses.ip_address(str(address))
    if not parsed.is_global or parsed.is_multicast:
        assert why_not(str(address))
