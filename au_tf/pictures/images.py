"""Reading and writing pictures: from any file sRGB uint8 [height, width, 3] comes out, or one clear error."""

import io
import os
import re
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

from au_tf.arrays import Array, ArrayLike, Pixels
from au_tf.errors import InputError
from au_tf.files import Place, place, write_whole
from au_tf.optional import optional
from au_tf.pictures.provenance.statement import Statement
from au_tf.pictures.provenance.stills import png_info, stated_jpeg

pi_heif = optional("pi_heif")

# EPS and its like are left out: Pillow hands them to an interpreter.
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "BMP", "GIF", "PPM", "JPEG2000")
_HEIC = re.compile(rb"....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
# Pillow's own marks of these are also the beginnings of texts.
_VAGUE = {"PPM": re.compile(rb"P[1-6]\s"), "BMP": re.compile(rb"BM....\0\0\0\0", re.DOTALL)}
MAX_PIXELS = 64 * 1024 * 1024
MAX_SIDE = 16384
MAX_BYTES = 1 << 30
MIN_SIDE = 32
JPEG_QUALITY = 95
_LARGE = 3 << 22
"""Bytes of a picture from which on a PNG is packed quickly: a third of the time for a seventh more bytes."""
WRITERS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""What is written for a suffix."""


def read_image(path: str | os.PathLike[str]) -> Pixels:
    """Reads a picture as a person sees it.

    The orientation in its EXIF data is applied, colours are brought to sRGB by the embedded profile, 16 bits are
    scaled to 8, transparency is laid on white, and an animation gives its first frame.

    Args:
      path: a file in one of `FORMATS`, whatever it is called; with the extra `heic` also HEIC.

    Returns:
      uint8[height, width, 3], sRGB; each side from 32 to 16384 pixels, 64 megapixels at most.

    Raises:
      InputError: if there is no such file, or it is empty, no picture, damaged, too large or too small. The size is
        judged by what the file declares, before a pixel is decoded.
    """
    path = Path(path)
    data = _read_bytes(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(path, io.BytesIO(data))
        _check_size(path, *image.size)
        # Damaged files raise nearly every kind of exception inside Pillow's decoders.
        try:
            image.load()
            return np.array(_to_srgb(path, _upright(image)))
        except InputError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise InputError(path, "picture", f"a damaged file ({reason})", "a complete picture") from error


def is_picture(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as pictures of `FORMATS` or of phones (HEIC) do, whatever it is called."""
    try:
        with open(path, "rb") as file:
            head = file.read(32)
    except OSError:
        return False
    Image.init()
    accepting = (Image.OPEN[kind][1] for kind in FORMATS if kind in Image.OPEN and kind not in _VAGUE)
    known = any(mark.match(head) for mark in (_HEIC, *_VAGUE.values()))
    # Pillow answers with a reason where it knows a picture and cannot read it.
    return known or any(accept is not None and accept(head) for accept in accepting)


def check_image(path: str | os.PathLike[str]) -> None:
    """Makes sure that a file begins as a picture of a fit size does, without reading the rest.

    Raises:
      InputError: if there is no such file, or it is no picture, too large or too small.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(path, "file", "nothing", "a picture")
    with _open(path, path) as image:
        _check_size(path, *image.size)


def write_image(path: str | os.PathLike[str] | Place, image: Pixels, statement: Statement | None = None) -> None:
    """Writes a picture beside its place and then renames it, so that no half file is left.

    Args:
      path: ends in .png, .jpg or .jpeg; missing folders are made.
      image: uint8[height, width, 3], sRGB; a PNG also takes [height, width, 4] with straight alpha.
      statement: what it says of itself, if it is synthetic.

    Raises:
      InputError: for another suffix, or if the place cannot be written.
    """
    path = place(path)
    kind = WRITERS.get(path.suffix.lower())
    if kind is None:
        raise InputError(path, "suffix", path.suffix or "none", "one of " + ", ".join(WRITERS))
    write_whole(path, _encoded(kind, image, statement))


def _encoded(kind: str, image: Pixels, statement: Statement | None) -> bytes:
    buffer = io.BytesIO()
    if kind == "PNG":
        quick = {"compress_level": 1} if image.size > _LARGE else {}
        Image.fromarray(image).save(buffer, kind, pnginfo=statement and png_info(image, statement), **quick)
        return buffer.getvalue()
    Image.fromarray(image).save(buffer, kind, quality=JPEG_QUALITY, subsampling=0)
    return stated_jpeg(buffer.getvalue(), statement) if statement else buffer.getvalue()


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(path, "file", "a folder", "a picture")
        if not path.is_file() and path.exists():
            raise InputError(path, "file", "a device or pipe", "a picture")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(path, "file", f"{path.stat().st_size} bytes", f"a picture of at most {MAX_BYTES}")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(path, "file", "nothing", "a picture") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(path, "file", reason, "a picture that can be read") from error
    if not data:
        raise InputError(path, "file", "an empty file", "a picture")
    return data


def _open(path: Path, file: Path | io.BytesIO) -> Image.Image:
    with path.open("rb") as beginning:
        heic = bool(_HEIC.match(beginning.read(32)))
    try:
        return pi_heif.HeifImageFile(file) if heic else Image.open(file, formats=FORMATS)
    except ModuleNotFoundError as error:
        expected = "pip install au_tf[heic], which reads it, or a JPEG"
        raise InputError(path, "file", "a phone's HEIC photo", expected) from error
    except Image.DecompressionBombError as error:
        pixels = re.search(r"\d+", str(error))
        raise InputError(path, "size", f"{pixels and pixels[0]} pixels", f"at most {MAX_PIXELS} pixels") from None
    except Exception as error:
        raise InputError(path, "file", "no picture", "one of " + ", ".join(FORMATS)) from error


def _check_size(path: Path, width: int, height: int) -> None:
    found = f"{width} x {height} pixels"
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise InputError(path, "size", found, f"sides up to {MAX_SIDE} and at most {MAX_PIXELS} pixels")
    if min(width, height) < MIN_SIDE:
        raise InputError(path, "size", found, f"at least {MIN_SIDE} pixels on each side")


def _upright(image: Image.Image) -> Image.Image:
    # A photo with unreadable EXIF data is still a photo.
    try:
        return ImageOps.exif_transpose(image)
    except Exception:
        return image


def _to_srgb(path: Path, image: Image.Image) -> Image.Image:
    if image.mode == "F":
        raise InputError(path, "pixels", "floating-point values", "8 or 16 bits a channel")
    if image.mode.startswith("I"):
        return _from_sixteen_bits(path, image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        colours = _convert_profile(image.convert("RGB"), image)
        return Image.composite(colours, Image.new("RGB", image.size, "white"), alpha)
    if image.mode in ("1", "P"):
        image = image.convert("RGB")
    return _convert_profile(image, image)


def _from_sixteen_bits(path: Path, image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise InputError(path, "pixels", "32-bit integers", "8 or 16 bits a channel")
    return Image.fromarray(((values + 128) // 257).astype(np.uint8)).convert("RGB")


def _convert_profile(image: Image.Image, owner: Image.Image) -> Image.Image:
    """Brings colours to sRGB by the profile that `owner` carries; one that does not fit the pixels is ignored."""
    profile = owner.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
        except (ImageCms.PyCMSError, ValueError, OSError):
            pass
    return image.convert("RGB")


def as_array(values: object) -> Array:
    """A picture of another library as an array: of Pillow, PyTorch, JAX or whatever else has `__array__` or DLPack.

    Raises:
      InputError: for what lies on another device than the processor.
    """
    try:
        if hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
            return np.from_dlpack(values)
        return np.asarray(values)
    except (BufferError, TypeError, RuntimeError) as error:
        raise InputError("picture", "array", error, "one in the memory of the processor") from error


def checked_picture(values: ArrayLike, source: object) -> Pixels:
    """An array that is a picture.

    Raises:
      InputError: if it is none.
    """
    image = as_array(values)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < MIN_SIDE:
        expected = f"uint8[height, width, 3] of at least {MIN_SIDE} pixels a side"
        raise InputError(source, "array", f"{image.dtype}{list(image.shape)}", expected)
    return image
