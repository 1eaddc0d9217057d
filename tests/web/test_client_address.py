"""One address, one form."""

from __future__ import annotations

import pytest

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
        # Without brackets a port may be read as the end of the address: its network is the same.
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
