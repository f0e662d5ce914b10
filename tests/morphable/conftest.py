"""What every reader has to survive: hundreds of damaged copies of a file it can read."""

import random
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from au_tf.errors import InputError

NASTY = [b"\xff" * 4, b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x00" * 4, b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff"]
"""Largest and smallest integers, a NaN and an infinity, as four bytes each."""


def _flip(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(len(data))] = rng.randrange(256)


def _nasty(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data)) & ~3
    data[at : at + 4] = rng.choice(NASTY)


def _truncate(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def _repeat(data: bytearray, rng: random.Random) -> None:
    start, length = rng.randrange(len(data)), rng.randint(1, 64)
    data[start:start] = data[start : start + length]


def _remove(data: bytearray, rng: random.Random) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.randint(1, 64)]


def _noise(data: bytearray, rng: random.Random) -> None:
    start, length = rng.randrange(len(data)), rng.randint(1, 64)
    data[start : start + length] = rng.randbytes(length)


MUTATIONS = (_flip, _overwrite, _nasty, _truncate, _repeat, _remove, _noise)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """A damaged copy: one or two mutations, often near each other at the front, where formats keep their sizes."""
    front = rng.choice((len(data), len(data), 256))
    head, tail = bytearray(data[:front]), data[front:]
    for _ in range(rng.randint(1, 2)):
        if head:
            rng.choice(MUTATIONS)(head, rng)
    return bytes(head) + tail


def outcome(read: Callable, path: Path) -> str:
    """What an InputError says, or nothing if the reader gives a face in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read(path).check(path)
        except InputError as error:
            return str(error)
    return ""


@pytest.fixture
def fuzz(capfd: pytest.CaptureFixture[str]) -> Callable[..., Counter]:
    """`fuzz(read, path, *victims)`: reads `path` with one of the victims damaged anew each time.

    Each time the reader gives what `check` accepts, or raises an InputError of one line; it prints and warns nothing.
    The victims are `path` itself unless named; `times` mutations follow from `seed`. Returns how often it was "read"
    and "refused".
    """

    def run(read: Callable, path: Path, *victims: Path, times: int = 300, seed: int = 0) -> Counter:
        whole = {victim: victim.read_bytes() for victim in victims or (path,)}
        fate: Counter = Counter()
        capfd.readouterr()
        for k in range(times):
            rng = random.Random(1000 * seed + k)
            victim = rng.choice(list(whole))
            victim.write_bytes(mutate(whole[victim], rng))
            said = outcome(read, path)
            assert said.isprintable() and len(said) < 600, repr(said)
            fate["refused" if said else "read"] += 1
            victim.write_bytes(whole[victim])
        assert capfd.readouterr() == ("", "")
        return fate

    return run
