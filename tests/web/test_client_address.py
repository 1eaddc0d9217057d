"""Client addresses are normalized to one form."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ROOT
from screening.web.client_address import client_address, client_network


@pytest.mark.parametrize(
    ("network", "written"),
    [
        ("203.0.113.8", "203.0.113.8 203.0.113.8:40001 203.000.113.008 ::ffff:203.0.113.8 ::FFFF:cb00:7108"),
        ("203.0.113.8", "[::ffff:203.0.113.8]:443 0:0:0:0:0:ffff:203.0.113.8 64:ff9b::203.0.113.8 203.0.113.8:_port"),
        ("203.0.113.8", '"203.0.113.8" "203.0.113.8:40001" ::ffff:203.000.113.008'),
        ("203.0.113.10", "203.0.113.10 203.0.113.010:8 [203.0.113.10]:8"),
        ("2001:db8::/64", "2001:db8::1 2001:DB8:0::1 2001:0db8:0000:0000:0000:0000:0000:0001 2001:db8::ffff:1:2"),
        ("2001:db8::/64", '[2001:db8::1] [2001:db8::1]:443 "[2001:db8::1]:443" [2001:DB8::1%eth0]:443'),
        # Without brackets, a port may be parsed as the end of the address: its network is the same.
        ("2001:db8::/64", "2001:db8::1:443 2001:db8::1:40001 2001:db8:0:0:1:2:3:4:443"),
        ("2001:db8:0:1::/64", "2001:db8:0:1::1"),
        ("fe80::/64", "fe80::1 fe80::1%eth0 fe80::1%25eth0 [fe80::1%eth0]:443 fe80::2%wlan0"),
    ],
)
def test_every_way_to_write_an_address_is_one_address(network: str, written: str) -> None:
    for form in written.split():
        for spaced in (form, f"  {form}\t"):
            assert client_address(spaced), form
            assert client_network(spaced) == network, form


SPACED = st.sampled_from(["{}", " {}", "{}\t", '"{}"', ' "{}" '])
PORTS = st.one_of(st.just(""), st.integers(0, 65535).map(":{}".format), st.sampled_from([":_hidden", ":_a.b-1"]))
ZONES = st.sampled_from(["", "%eth0", "%25wlan0", "%1"])


def spelled(address: IPv6Address, chance: st.DataObject) -> str:
    """Generate a spelling of an IPv6 address: short or long, with leading zeros, in either case."""
    whole = address.exploded.split(":")
    forms = [str(address), address.exploded, ":".join(group.lstrip("0") or "0" for group in whole)]
    if not int.from_bytes(address.packed[:10]):
        forms.append(f"::{whole[5]}:{IPv4Address(address.packed[12:])}")
    form = chance.draw(st.sampled_from(forms))
    return form.upper() if chance.draw(st.booleans()) else form


def written_v4(address: IPv4Address, chance: st.DataObject) -> str:
    """Generate an IPv4 address as proxies and listeners write it, with or without a port."""
    padded = ".".join(f"{int(part):03}" for part in str(address).split("."))
    mapped, translated = (IPv6Address(prefix + address.packed) for prefix in (MAPPED, TRANSLATED))
    as_v6 = chance.draw(st.sampled_from([mapped, translated])) if chance.draw(st.booleans()) else None
    form = written_v6(as_v6, chance) if as_v6 else chance.draw(st.sampled_from([str(address), padded]))
    return form if as_v6 else chance.draw(SPACED).format(form + chance.draw(PORTS))


def written_v6(address: IPv6Address, chance: st.DataObject) -> str:
    """Generate an IPv6 address as proxies and listeners write it, with a port only after brackets."""
    inside = spelled(address, chance) + chance.draw(ZONES)
    form = f"[{inside}]{chance.draw(PORTS)}" if chance.draw(st.booleans()) else inside
    return chance.draw(SPACED).format(form)


MAPPED, TRANSLATED = bytes(10) + b"\xff\xff", bytes.fromhex("0064ff9b") + bytes(8)


@settings(deadline=None)
@given(st.ip_addresses(v=4), st.data())
def test_however_an_ipv4_address_is_written_it_is_counted_as_one(address: IPv4Address, chance: st.DataObject) -> None:
    assert client_network(written_v4(address, chance)) == str(address)


@settings(deadline=None)
@given(st.ip_addresses(v=6), st.data())
def test_however_an_ipv6_address_is_written_its_network_is_counted_as_one(
    address: IPv6Address, chance: st.DataObject
) -> None:
    if address.packed[:12] not in (MAPPED, TRANSLATED):
        assert client_network(written_v6(address, chance)) == str(ip_network((address, 64), strict=False))


@settings(deadline=None)
@given(st.ip_addresses(), st.ip_addresses(), st.data())
def test_distinct_networks_stay_distinct(
    one: IPv4Address | IPv6Address, other: IPv4Address | IPv6Address, chance: st.DataObject
) -> None:
    written = [
        written_v4(address, chance) if isinstance(address, IPv4Address) else written_v6(address, chance)
        for address in (one, other)
    ]
    networks = [
        ip_network(address) if isinstance(address, IPv4Address) else ip_network((address, 64), strict=False)
        for address in map(client_address, written)
        if address
    ]
    assert len(networks) == 2
    assert (client_network(written[0]) == client_network(written[1])) == (networks[0] == networks[1])


@settings(deadline=None)
@given(st.text(max_size=60))
def test_what_is_no_address_is_one_shared_unknown(written: str) -> None:
    assert client_network(written) == "" or client_address(written)


def test_whatever_reads_an_address_counts_it_in_this_one_form() -> None:
    reads = re.compile(r"remote_addr|REMOTE_ADDR|X-Forwarded-For|access_route|HTTP_X_FORWARDED_FOR")
    files = [path for path in (ROOT / "screening").rglob("*.py") if reads.search(path.read_text())]
    assert files
    for path in files:
        is_it = path.name == "client_address.py"
        assert is_it or "from screening.web.client_address import" in path.read_text(), path


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " ",
            '""',
            "unknown",
            "_hidden",
            "localhost",
            "clinic.test",
            "-",
            "::g",
            "1.2.3",
            "1.2.3.4.5",
            "256.0.0.1",
        ),
        *("203.0.113.8:", "203.0.113.8:port", "203.0.113.8:400010", "[2001:db8::1", "2001:db8::1]", "[]:443", "[]"),
        *("203.0.113.8 203.0.113.9", "203.0.113.8/24", "for=203.0.113.8", "1:2:3:4:5:6:7:8:9:10", ":", "%", "[:80"),
        *("\u0662\u0660\u0663.0.113.8", "203.0.113.8\0", "0" * 60_000, ":" * 60_000, "1." * 30_000),
    ],
)
def test_what_is_no_address_is_none(written: str) -> None:
    assert client_address(written) is None
    assert client_network(written) == ""


@pytest.mark.parametrize("written", ["127.0.0.1", "127.0.0.9:80", "::1", "[::1]:80", "::ffff:127.0.0.1"])
def test_this_machine_is_known_in_every_form(written: str) -> None:
    address = client_address(written)
    assert address
    assert address.is_loopback


def test_a_zone_is_no_part_of_an_address() -> None:
    forms = ("fe80::1", "fe80::1%eth0", "fe80::1%25eth0", "fe80::1%", "[fe80::1%wlan0]:443")
    assert len({client_address(form) for form in forms}) == 1
