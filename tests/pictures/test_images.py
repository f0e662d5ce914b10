"""Every kind of picture a user may hand over, written on the fly."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from au_tf.errors import InputError
from au_tf.pictures.images import read_image, write_image

RAMP = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None], (256, 40))


def colours(height: int = 48, width: int = 64) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 255 // height, columns * 255 // width, 255 - rows * 255 // height], -1).astype(np.uint8)


def fails(path: Path, field: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        read_image(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: {field}: ") and found in message and "\n" not in message


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_that_claims(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("name", "content", "field", "found"),
    [
        ("empty.png", b"", "file", "an empty file"),
        ("text.jpg", b"this is no picture\n" * 20, "file", "no picture"),
        ("bomb.png", png_that_claims(40000, 40000), "size", "1600000000 pixels"),
        ("large.png", png_that_claims(9000, 9000), "size", "9000 x 9000"),
        ("long.png", png_that_claims(20000, 100), "size", "20000 x 100"),
        ("strip.png", png_that_claims(640, 1), "size", "640 x 1"),
        ("cut.png", png_that_claims(64, 64), "picture", "damaged"),
    ],
)
def test_a_file_that_is_no_usable_picture(tmp_path, name, content, field, found):
    (tmp_path / name).write_bytes(content)
    fails(tmp_path / name, field, found)


def test_a_claimed_size_is_refused_before_decoding(tmp_path, monkeypatch):
    (tmp_path / "bomb.png").write_bytes(png_that_claims(9000, 9000))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda self: pytest.fail("decoded"))
    fails(tmp_path / "bomb.png", "size", "9000 x 9000")


def test_places_without_a_picture(tmp_path):
    fails(tmp_path / "missing.png", "file", "nothing")
    fails(tmp_path, "file", "a folder")
    os.mkfifo(tmp_path / "pipe.png")
    fails(tmp_path / "pipe.png", "file", "a device or pipe")
    with (tmp_path / "film.mp4").open("wb") as film:
        film.truncate(5 << 30)
    fails(tmp_path / "film.mp4", "file", "5368709120 bytes")


def test_a_file_without_permission(tmp_path, monkeypatch):
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    # Root may read everything, so the refusal is played.
    monkeypatch.setattr(Path, "read_bytes", refuse)
    (tmp_path / "secret.png").touch()
    fails(tmp_path / "secret.png", "file", "Permission denied")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_truncated_file_is_an_error_and_not_grey(tmp_path, kind, share):
    buffer = io.BytesIO()
    Image.fromarray(data.astronaut()[:256, :256]).save(buffer, kind)
    whole = buffer.getvalue()
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match=r"cut\.jpg: (picture: found a damaged file|file: found no picture)"):
        read_image(path)


def test_random_damage_gives_a_picture_or_one_error(tmp_path):
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged"
    for kind in ("JPEG", "PNG", "TIFF", "GIF", "WEBP", "AVIF", "BMP", "PPM"):
        buffer = io.BytesIO()
        Image.fromarray(colours()).save(buffer, kind)
        for _ in range(40):
            content = bytearray(buffer.getvalue())
            for place in rng.integers(0, min(len(content), 400), 3):
                content[place] = rng.integers(256)
            path.write_bytes(content)
            try:
                image = read_image(path)
            except InputError:
                continue
            assert image.dtype == np.uint8 and image.shape[2] == 3


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path, suffix):
    path = tmp_path / f"deep.{suffix}"
    Image.fromarray(RAMP.astype(np.uint16) * 257).save(path)
    np.testing.assert_array_equal(read_image(path), np.repeat(RAMP[:, :, None], 3, 2))


def test_sixteen_bit_colour(tmp_path):
    deep = colours().astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in deep)
    header = struct.pack(">IIBBBBB", 64, 48, 16, 2, 0, 0, 0)
    content = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (tmp_path / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    np.testing.assert_array_equal(read_image(tmp_path / "deep.png"), colours())


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_modes_become_rgb(tmp_path, mode):
    original = Image.fromarray(colours()).convert(mode)
    path = tmp_path / ("picture.tif" if mode == "CMYK" else "picture.png")
    original.save(path)
    np.testing.assert_allclose(read_image(path).astype(int), np.asarray(original.convert("RGB")).astype(int), atol=2)


def test_a_cmyk_jpeg_is_not_inverted(tmp_path):
    Image.new("CMYK", (40, 40), (0, 255, 255, 0)).save(tmp_path / "red.jpg")
    red = read_image(tmp_path / "red.jpg").mean((0, 1))
    assert red[0] > 200 and red[1] < 60 and red[2] < 60


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_is_laid_on_white(tmp_path, mode):
    image = Image.new("RGBA", (40, 40), (10, 10, 10, 0))
    image.paste((10, 10, 10, 255), (0, 0, 40, 20))
    image = image.convert("P") if mode == "PA" else image.convert(mode)
    image.save(tmp_path / "layer.png")
    read = read_image(tmp_path / "layer.png")
    assert np.abs(read[:20].astype(int) - 10).max() <= 2 and (read[20:] == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(tmp_path, orientation):
    upright = Image.fromarray(colours())
    # What a camera held that way stores: the inverse of the transpose that viewers apply.
    stored = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    image = upright.transpose(Image.Transpose(stored[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "turned.png", exif=exif)
    np.testing.assert_array_equal(read_image(tmp_path / "turned.png"), colours())


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert (read_image(tmp_path / "moving.gif") == (255, 0, 0)).all()


def test_a_phone_photo_with_a_second_picture_inside(tmp_path):
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("white", "black")]
    frames[0].save(tmp_path / "pair.jpg", "MPO", save_all=True, append_images=frames[1:])
    assert (read_image(tmp_path / "pair.jpg") == 255).all()


def test_the_embedded_profile_is_obeyed(tmp_path):
    # CIE L* of a grey gives its luminance, and the sRGB transfer curve the value of that luminance.
    lab = ImageCms.createProfile("LAB")
    Image.new("LAB", (40, 40), (128, 128, 128)).save(
        tmp_path / "lab.tif", icc_profile=ImageCms.ImageCmsProfile(lab).tobytes()
    )
    luminance = ((128 / 255 * 100 + 16) / 116) ** 3
    expected = 255 * (1.055 * luminance ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(read_image(tmp_path / "lab.tif").mean((0, 1)), expected, atol=2)


def test_a_profile_that_does_not_fit_is_ignored(tmp_path):
    Image.fromarray(colours()).save(tmp_path / "odd.png", icc_profile=b"no profile at all")
    np.testing.assert_array_equal(read_image(tmp_path / "odd.png"), colours())


@pytest.mark.parametrize(("name", "tolerance"), [("a/b/out.png", 0), ("out.jpg", 6), ("out.JPEG", 6)])
def test_written_pictures_read_back(tmp_path, name, tolerance):
    write_image(tmp_path / name, colours())
    np.testing.assert_allclose(read_image(tmp_path / name).astype(int), colours().astype(int), atol=tolerance)
    assert [p.name for p in (tmp_path / name).parent.iterdir()] == [Path(name).name]


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder.png").mkdir()
    for path, field in [("file/out.png", "file"), ("folder.png", "file"), ("out.bmp", "suffix"), ("out", "suffix")]:
        with pytest.raises(InputError, match=f"{path}: {field}: "):
            write_image(tmp_path / path, colours())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.png"]
