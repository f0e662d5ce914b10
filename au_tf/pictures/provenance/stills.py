"""Where a statement lies in PNG and JPEG files, and what of them it speaks of."""

import hashlib
from collections.abc import Iterator

import numpy as np
from PIL.PngImagePlugin import PngInfo

from au_tf.arrays import Pixels
from au_tf.pictures.provenance.pieces import DamagedError, Parts, Piece, parted
from au_tf.pictures.provenance.statement import Statement

_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_APP0, _APP1, _APP15, _COMMENT, _SCAN = 0xE0, 0xE1, 0xEF, 0xFE, 0xDA


def png_info(image: Pixels, statement: Statement) -> PngInfo:
    """A statement as Pillow writes it into a PNG: it speaks of the pixels, however they are packed."""
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", statement.packet(pixels_digest(image)).decode())
    return info


def pixels_digest(image: Pixels) -> str:
    """SHA-256 of uint8[height, width, channels]."""
    digest = hashlib.sha256(f"{image.shape}".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def stated_jpeg(data: bytes, statement: Statement) -> bytes:
    """A JPEG with a statement, which speaks of all but the metadata."""
    packet = _XMP + statement.packet(jpeg_parts(data).content)
    segment = b"\xff\xe1" + (len(packet) + 2).to_bytes(2) + packet
    # JFIF's own segment has to be the first.
    place = 4 + int.from_bytes(data[4:6]) if data[3] == _APP0 else 2
    return data[:place] + segment + data[place:]


def jpeg_parts(data: bytes) -> Parts:
    """What a JPEG holds."""
    return parted(data, _segments(data))


def _segments(data: bytes) -> Iterator[Piece]:
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        kind, stop = data[place + 1], place + 2 + int.from_bytes(data[place + 2 : place + 4])
        if kind == _SCAN:
            yield Piece(place, len(data))
            return
        if kind == _APP1 and data[place + 4 : place + 4 + len(_XMP)] == _XMP:
            yield Piece(place + 4 + len(_XMP), stop, stated=True)
        elif not (_APP0 <= kind <= _APP15 or kind == _COMMENT):
            yield Piece(place, stop)
        place = stop
    raise DamagedError("a picture that ends before it begins")
