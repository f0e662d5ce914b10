"""What files say of themselves, and whether that is so."""

import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from au_tf.errors import InputError
from au_tf.pictures.images import FORMATS, MAX_BYTES
from au_tf.pictures.provenance import films, meshes, stills
from au_tf.pictures.provenance.credentials import Signature, read_signature
from au_tf.pictures.provenance.data_sets import FILE, read_data_set
from au_tf.pictures.provenance.pieces import DamagedError
from au_tf.pictures.provenance.statement import Read, Statement, read_packet

INTACT, CHANGED, SILENT = 0, 1, 3
"""Exit statuses of `au-tf verify`: as it was made; changed since; nothing says that it is synthetic."""
_EXPECTED = "a picture, film, mesh or data set"
_MESHES = (".obj", ".ply")


@dataclass(frozen=True)
class Verdict:
    """What a file says of itself, and whether that is so."""

    path: str
    """The file."""
    statement: Statement | None
    """What it says; None if nothing in it says that it is synthetic."""
    intact: bool
    """Whether it is as it was when that was written."""
    missing: str
    """What is missing for a file that says that it is synthetic, and is as it was made; empty if nothing is."""
    signature: Signature | None = None
    """Of its content credentials; None without any, or without the extra `c2pa`."""

    @property
    def synthetic(self) -> bool:
        """Whether it says that it is synthetic."""
        return self.statement is not None

    @property
    def status(self) -> int:
        """0 if synthetic and intact, 1 if synthetic and changed since, 3 if nothing says that it is synthetic."""
        return INTACT if self.intact else CHANGED if self.synthetic else SILENT

    def __str__(self) -> str:
        if self.statement is None:
            return f"{self.path}: {self.missing}"
        told = self.statement
        made = [told.source, told.asked, told.generator and f"generator {told.generator[:12]}", told.software]
        signed = "" if self.signature is None or self.missing else f"; {self.signature}"
        return f"{self.path}: {', '.join(filter(None, made))}; {self.missing or 'intact'}{signed}"


def verify(path: str | os.PathLike[str]) -> Verdict:
    """Reads what a picture, film, mesh or data set says of itself, and whether it has changed since.

    Such a statement is no proof: whoever wants to can take it out, and what has none may be synthetic all the same.

    Args:
      path: a PNG, JPEG, WebP, GIF, MP4, WebM, MKV, AVI, GLB, OBJ or PLY, or the folder of a data set; of other pictures
        that Pillow reads the statement is found, but not whether they are intact.

    Raises:
      InputError: if there is no such file, or it is damaged or of another kind.
    """
    place = Path(path)
    try:
        read, content = read_data_set(place) if place.is_dir() else _read(place)
    except DamagedError as error:
        raise InputError(place, "file", f"a damaged file ({error})", _EXPECTED) from error
    except OSError as error:
        raise InputError(place, "file", error.strerror or error, f"{_EXPECTED} that can be read") from error
    if read is None:
        return Verdict(os.fspath(path), None, False, "nothing in it says that it is synthetic")
    if not read.content:
        return Verdict(os.fspath(path), read.statement, False, "it names no digest of its content")
    intact = read.content == content
    changed = "" if intact else "it is not as it was made: written anew, resized or edited since"
    signature = read_signature(place) if place.is_file() else None
    if intact and signature is not None and not signature.valid:
        intact, changed = False, "its content credentials are not those of this picture, or damaged"
    return Verdict(os.fspath(path), read.statement, intact, changed, signature)


def _read(path: Path) -> tuple[Read | None, str]:
    """What a file says, and the digest of its content."""
    if not path.is_file():
        raise InputError(path, "file", "nothing", _EXPECTED)
    if path.name == FILE:
        return read_data_set(path.parent)
    if path.stat().st_size > MAX_BYTES and not films.is_film(_head(path)):
        raise InputError(path, "file", f"{path.stat().st_size} bytes", f"{_EXPECTED} of at most {MAX_BYTES}")
    head = _head(path)
    if films.is_film(head) and head[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"):
        return films.read_film(path)
    if head[:4] == b"glTF":
        return meshes.read_glb(path.read_bytes())
    if head[:3] == b"ply" or path.suffix.lower() in _MESHES:
        return meshes.read_text(path.read_bytes())
    return _still(path, path.read_bytes())


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)


def _still(path: Path, data: bytes) -> tuple[Read | None, str]:
    if data[:2] == b"\xff\xd8":
        parts = stills.jpeg_parts(data)
        return read_packet(parts.statement), parts.content
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # DamagedError files raise nearly every kind of exception inside Pillow's decoders.
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                image.load()
                read = read_packet(image.info.get("xmp"))
                coloured = image if image.mode in ("RGB", "RGBA") else image.convert("RGB")
                return read, stills.pixels_digest(np.asarray(coloured)) if image.format == "PNG" else ""
        except Exception as error:
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise InputError(path, "file", f"none that can be read ({reason})", _EXPECTED) from error
