"""Where a statement lies in films and animations: behind everything else, so that nothing has to be moved.

In MP4 a box of its own and in AVI and WebP a chunk (XMP specification, part 3), in GIF an application extension (the
same), in Matroska and WebM a tag called XMP.
"""

import io
import mmap
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

from au_tf.pictures.provenance.pieces import Buffer, DamagedError, Parts, Piece, parted
from au_tf.pictures.provenance.statement import Read, Statement, read_packet

Walker = Callable[[Buffer], Iterator[Piece]]
Edit = tuple[int | None, bytes]
"""Where in a file, or None at its end, something is to be written."""

_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_CHUNKS = {b"WEBP": b"XMP ", b"AVI ": b"_PMX", b"AVIX": b"_PMX"}
_WEBP_FEATURES, _WEBP_XMP = b"VP8X", 0x04
_EBML, _SEGMENT, _TAGS = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x12\x54\xc3\x67"
_TAG, _TARGETS, _SIMPLE, _NAME, _TEXT = b"\x73\x73", b"\x63\xc0", b"\x67\xc8", b"\x45\xa3", b"\x44\x87"
_GIF_XMP = b"\x21\xff\x0bXMP DataXMP"
# Whoever skips the packet as if it were blocks of data lands in here, and from there at the end.
_GIF_TRAILER = bytes([1, *range(255, -1, -1), 0])


def film_parts(data: Buffer) -> Parts:
    """What a film holds.

    Raises:
      DamagedError: if it is not whole, or of no known kind.
    """
    return parted(data, _walker(data)(data))


def read_film(path: Path) -> tuple[Read | None, str]:
    """What a film says of itself, and the digest of its content.

    Raises:
      DamagedError: if it is not whole.
    """
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held,
        memoryview(held) as data,
    ):
        parts = film_parts(data)
    return read_packet(parts.statement), parts.content


def is_film(head: bytes) -> bool:
    """Whether a file that begins so is one that `film_parts` knows."""
    return (
        head[4:8] == b"ftyp"
        or head[:4] == _EBML
        or head[:4] == b"GIF8"
        or (head[:4] == b"RIFF" and head[8:12] in _CHUNKS)
    )


def state_film(path: Path, statement: Statement) -> None:
    """Appends a statement to a film that has none.

    Raises:
      DamagedError: if the file is not whole, or of no known kind.
    """
    with path.open("r+b") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held, memoryview(held) as data:
            packet = statement.packet(film_parts(data).content)
            edits = _STATED[_walker(data)](data, packet)
        for place, content in edits:
            file.seek(*((0, os.SEEK_END) if place is None else (place,)))
            file.write(content)


def _walker(data: Buffer) -> Walker:
    head = bytes(data[:12])
    if head[4:8] == b"ftyp":
        return _boxes
    if head[:4] == b"RIFF" and head[8:] in _CHUNKS:
        return _riff
    if head[:4] == _EBML:
        return _matroska
    if head[:4] == b"GIF8":
        return _gif
    raise DamagedError("a film of no known kind")


def _boxes(data: Buffer) -> Iterator[Piece]:
    place = 0
    while place < len(data):
        size, kind, head = int.from_bytes(data[place : place + 4]), bytes(data[place + 4 : place + 8]), 8
        if size == 1:
            size, head = int.from_bytes(data[place + 8 : place + 16]), 16
        stop = place + size if size else len(data)
        if len(kind) < 4 or stop < place + head:
            raise DamagedError("a box without a size")
        stated = kind == b"uuid" and data[place + head : place + head + 16] == _BOX
        yield Piece(place + head + 16 if stated else place, stop, stated)
        place = stop


def _box(data: Buffer, packet: bytes) -> list[Edit]:
    return [(None, (24 + len(packet)).to_bytes(4) + b"uuid" + _BOX + packet)]


def _riffs(data: Buffer) -> Iterator[tuple[int, int]]:
    """First bytes and ends of files within the file; AVI begins a new one each gigabyte."""
    place = 0
    while place + 12 <= len(data):
        stop = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little")
        if data[place : place + 4] != b"RIFF" or not place + 12 <= stop <= len(data):
            raise DamagedError("a part that reaches beyond the end")
        yield place, stop
        place = stop + stop % 2


def _riff(data: Buffer) -> Iterator[Piece]:
    for first, end in _riffs(data):
        place = first + 12
        while place + 8 <= end:
            kind, stop = (
                bytes(data[place : place + 4]),
                place + 8 + int.from_bytes(data[place + 4 : place + 8], "little"),
            )
            # WebP tells in its features whether there is XMP.
            if kind != _WEBP_FEATURES:
                stated = kind == _CHUNKS.get(bytes(data[first + 8 : first + 12]))
                yield Piece(place + 8, stop, stated, kind)
            place = stop + stop % 2


def _chunk(data: Buffer, packet: bytes) -> list[Edit]:
    *_, (first, end) = _riffs(data)
    kind = _CHUNKS[bytes(data[first + 8 : first + 12])]
    added = kind + len(packet).to_bytes(4, "little") + packet + bytes(len(packet) % 2)
    edits: list[Edit] = [(None, added)]
    if data[8:12] == b"WEBP" and data[12:16] == _WEBP_FEATURES:
        edits = [(20, bytes([data[20] | _WEBP_XMP])), *edits]
    elif data[8:12] == b"WEBP":
        # A single picture does without.
        added = _webp_features(data) + bytes(data[12:end]) + added
        edits, end = [(12, added)], 12
    return [(first + 4, (end - first - 8 + len(added)).to_bytes(4, "little")), *edits]


def _webp_features(data: Buffer) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        sides = b"".join((side - 1).to_bytes(3, "little") for side in picture.size)
    return _WEBP_FEATURES + (10).to_bytes(4, "little") + bytes([_WEBP_XMP, 0, 0, 0]) + sides


def _number(data: Buffer, place: int) -> tuple[int, int, bool]:
    """A size as EBML writes it (RFC 8794, section 4), its bytes, and whether it is left open."""
    first = data[place] if place < len(data) else 0
    length = 9 - first.bit_length()
    value = int.from_bytes(data[place : place + length]) & ((1 << 7 * length) - 1)
    if not first:
        raise DamagedError("an element without a size")
    return value, length, value == (1 << 7 * length) - 1


def _sized(content: bytes) -> bytes:
    return (len(content) | 1 << 28).to_bytes(4) + content


def _elements(data: Buffer, place: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Each element's name, its first byte, that of its content, and its end."""
    while place < end:
        length = 9 - data[place].bit_length()
        value, size, left_open = _number(data, place + length)
        stop = end if left_open else place + length + size + value
        if stop > end:
            raise DamagedError("a part that reaches beyond the end")
        yield bytes(data[place : place + length]), place, place + length + size, stop
        place = stop


def _matroska(data: Buffer) -> Iterator[Piece]:
    for name, first, content, stop in _elements(data, 0, len(data)):
        if name != _SEGMENT:
            yield Piece(first, stop)
            continue
        for inner, begin, inside, end in _elements(data, content, stop):
            held = bytes(data[inside:end]) if inner == _TAGS else b""
            at = held.find(_NAME + b"\x83XMP" + _TEXT)
            if at < 0:
                yield Piece(begin, end)
                continue
            at += 8
            size, length, _ = _number(held, at)
            yield Piece(inside + at + length, inside + at + length + size, stated=True)


def _tag(data: Buffer, packet: bytes) -> list[Edit]:
    text = _NAME + b"\x83XMP" + _TEXT + _sized(packet)
    added = _TAGS + _sized(_TAG + _sized(_TARGETS + b"\x80" + _SIMPLE + _sized(text)))
    *_, (name, first, _, stop) = _elements(data, 0, len(data))
    value, size, left_open = _number(data, first + 4)
    if name != _SEGMENT or stop != len(data) or (not left_open and value + len(added) >= (1 << 7 * size) - 1):
        raise DamagedError("no segment that can grow")
    grown = (value + len(added) | 1 << 7 * size).to_bytes(size)
    return [*([] if left_open else [(first + 4, grown)]), (None, added)]


def _gif(data: Buffer) -> Iterator[Piece]:
    def table(place: int) -> int:
        """Bytes of the colours that the flags at a place tell of."""
        return 3 << (data[place] & 7) + 1 if data[place] & 0x80 else 0

    place = 13 + table(10)
    yield Piece(0, place)
    while data[place : place + 1] != b";":
        first = place
        stated = data[first : first + len(_GIF_XMP)] == _GIF_XMP
        if data[place : place + 1] == b"\x21":
            place += 2
        elif data[place : place + 1] == b"\x2c" and place + 10 < len(data):
            place += 11 + table(place + 9)
        else:
            raise DamagedError("an animation that ends in its middle")
        while place < len(data) and data[place]:
            place += 1 + data[place]
        place += 1
        yield Piece(first + len(_GIF_XMP), place - len(_GIF_TRAILER), True) if stated else Piece(first, place)


def _extension(data: Buffer, packet: bytes) -> list[Edit]:
    if data[len(data) - 1 :] != b";":
        raise DamagedError("an animation with something behind its end")
    return [(len(data) - 1, _GIF_XMP + packet + _GIF_TRAILER + b";")]


_STATED: dict[Walker, Callable[[Buffer, bytes], list[Edit]]] = {
    _boxes: _box,
    _riff: _chunk,
    _matroska: _tag,
    _gif: _extension,
}
