"""The list of breached passwords: searched quickly, and refused unless complete."""

from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Config, ConfigError
from screening.settings.breached_passwords import BreachedPasswords, contains
from screening.settings.keys import make_missing

HASHES = st.binary(min_size=20, max_size=20).map(lambda digest: digest.hex().upper())


def sha1(number: int) -> str:
    return hashlib.sha1(str(number).encode()).hexdigest().upper()


@settings(deadline=None)
@given(
    st.lists(HASHES, unique=True),
    HASHES,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", ":1", ":123456"]),
    st.booleans(),
)
def test_exactly_what_is_in_the_list_is_found(hashes: list[str], other: str, end: str, more: str, ends: bool) -> None:
    lines = end.join(one + more for one in sorted(hashes)) + (end if ends else "")
    for case in (str.upper, str.lower):
        file = io.BytesIO(case(lines).encode())
        assert all(contains(file, one.encode()) for one in hashes)
        assert contains(file, other.encode()) == (other in hashes)


def whole(path: Path, number: int = 5000) -> list[bytes]:
    lines = [f"{one}:{len(one)}\r\n".encode() for one in sorted(map(sha1, range(number)))]
    path.write_bytes(b"".join(lines))
    return lines


def configured(path: Path, instance: Path) -> Config:
    make_missing(instance)
    return Config.from_environment({"INSTANCE": str(instance), "BREACHED_PASSWORDS": str(path)})


def test_a_whole_list_is_used(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    whole(path)
    passwords = configured(path, tmp_path).breached_passwords
    assert passwords
    assert passwords.has("17")
    assert not passwords.has("no number")
    assert Config.from_environment({"INSTANCE": str(tmp_path)}).breached_passwords is None


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path, lines: path.unlink(), "cannot be read (No such file or directory)"),
        (lambda path, lines: (path.unlink(), path.mkdir()), "cannot be read (Is a directory)"),
        (lambda path, lines: path.write_bytes(b""), "is truncated, or not a sorted list"),
        (lambda path, lines: path.write_bytes(b"".join(lines)[:-20]), "is truncated, or not a sorted list"),
        (lambda path, lines: path.write_bytes(b"".join(lines[:-200])), "hashes are missing at one end"),
        (lambda path, lines: path.write_bytes(b"".join(lines[200:])), "hashes are missing at one end"),
        (lambda path, lines: path.write_bytes(b"".join(lines)[7:]), "is truncated, or not a sorted list"),
        (lambda path, lines: path.write_bytes(b"".join(lines[::-1])), "is truncated, or not a sorted list"),
        (lambda path, lines: path.write_bytes(b"letmein\npassword\n"), "is truncated, or not a sorted list"),
        (lambda path, lines: path.write_bytes(b"\0" * 10_000), "is truncated, or not a sorted list"),
        (lambda path, lines: path.write_bytes(b"PK\3\4" + os.urandom(50_000)), "is truncated, or not a sorted list"),
    ],
)
def test_a_list_that_is_missing_or_not_whole_stops_the_start_with_a_remedy(
    tmp_path: Path, spoil: object, message: str
) -> None:
    path = tmp_path / "list.txt"
    spoil(path, whole(path))  # type: ignore[operator]
    with pytest.raises(ConfigError) as refused:
        configured(path, tmp_path)
    assert f"BREACHED_PASSWORDS cannot be used: {path} " in str(refused.value)
    assert message in str(refused.value)
    assert "Download the complete list, as SHA-1 ordered by hash" in str(refused.value)


@pytest.mark.long
def test_a_search_in_a_gigabyte_takes_less_than_20_ms(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    # 2^24 evenly spread hashes with this one put in: as large as a real file, but faster to make.
    block = b"".join(b"??%04X%s:12345678901234567\r\n" % (number, b"0" * 34) for number in range(2**16))
    wanted = hashlib.sha1(b"the password").hexdigest().upper().encode()
    with path.open("wb") as file:
        for number in range(256):
            file.write(block.replace(b"??", b"%02X" % number))
    size = path.stat().st_size
    assert size > 10**9
    try:
        passwords = BreachedPasswords(path)
        passwords.check()
        line = size // 2**24
        with path.open("r+b") as file:
            file.seek(int(wanted[:6], 16) * line)
            file.write(wanted)
        started = time.process_time()
        found = [passwords.has("the password"), *(passwords.has(str(number)) for number in range(99))]
        assert (time.process_time() - started) / 100 < 0.020
        assert found == [True] + [False] * 99
    finally:
        path.unlink()
