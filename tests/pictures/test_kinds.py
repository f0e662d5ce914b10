"""A photo is told from a film by its content, whatever it is called."""

import base64

import lazy_loader
import numpy as np
import pytest
from PIL import Image

from au_tf.errors import InputError
from au_tf.pictures import images
from au_tf.pictures.clips import find_clips
from au_tf.pictures.film import write_film
from au_tf.pictures.images import read_image

# 64 x 48 pixels, red beside blue, turned by a quarter as phones say it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9j"
    "AAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAI0AAgAAAAACeQABAAAAAAAAACQAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAA"
    "ABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNg"
    "AAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZE"
    "AcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AA"
    "AAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAA"
    "ALltZGF0AAAAiSgBrwngOSMkv//5BH//+MRuQ/gUZcF//jBeff43IP/+6witcNaUEUqiGXyM6T1lCZfV45ditsH6c+2pMp9S6+xr5pggTori"
    "3GbeBwRZzFnBufe/fIQtwRg7lVPHisWG1ijUyz83uz/+uqxZShnKGthKbN4ARNbOYrFQsePznOyuH0o9ALmN+Q4eAAAABkV4aWYAAE1NACoA"
    "AAAIAAEBEgADAAAAAQAGAAAAAAAA"
)


def half_red(width=64, height=48):
    image = np.zeros((height, width, 3), np.uint8)
    image[:, : width // 2, 0] = image[:, width // 2 :, 2] = 220
    return Image.fromarray(image)


@pytest.mark.parametrize("name", ["a.jfif", "a.jpe", "a.mp4", "a.mov", "a", "a.heic"])
def test_a_jpeg_is_turned_under_any_name(name, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    half_red().save(tmp_path / name, "JPEG", exif=exif.tobytes())
    (clip,) = find_clips([str(tmp_path / name)])
    (frame,) = clip.frames()
    assert not clip.video and frame.image.shape == (64, 48, 3)
    assert frame.image[4, 24, 0] > 180 > frame.image[-4, 24, 0]


def test_a_film_is_one_under_any_name(tmp_path):
    for name in ("a.jpg", "a.png", "a"):
        write_film(tmp_path / "film.mp4", [np.asarray(half_red())] * 3, 10)
        (tmp_path / "film.mp4").rename(tmp_path / name)
        (clip,) = find_clips([str(tmp_path / name)])
        assert clip.video and len(list(clip.frames())) == 3


def test_a_folder_gives_all_its_pictures_and_names_what_it_skips(tmp_path, caplog):
    kinds = {"a.jfif": "JPEG", "b.jpe": "JPEG", "c.jp2": "JPEG2000", "d.tif": "TIFF", "e.bmp": "BMP", "f.webp": "WEBP"}
    for name, kind in kinds.items():
        half_red().save(tmp_path / name, kind)
    (tmp_path / "g.heic").write_bytes(HEIC)
    texts = ("BMW is no picture, though it begins like one", "Python", "P5", "")
    for k, text in enumerate(texts):
        (tmp_path / f"note{k}.txt").write_text(text)
    for settings in ("config.toml", "f.webp.toml"):
        (tmp_path / settings).write_text('au = ["AU12=5"]')
    (clip,) = find_clips([str(tmp_path)])
    assert [path.name for path in clip.files] == [*kinds, "g.heic"]
    assert "4 files are neither pictures nor videos: note0.txt, note1.txt" in caplog.text
    frames = list(clip.frames())
    assert all(frame.image is not None and frame.image[2, 2, 0] > 180 for frame in frames)


def test_a_phone_s_heic_is_read_or_told_how(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(HEIC)
    image = read_image(path)
    assert image.shape == (64, 48, 3) and image[4, 24, 0] > 180 and image[-4, 24, 2] > 180
    path.write_bytes(HEIC[:400])
    with pytest.raises(InputError, match=r"a\.jpg: "):
        read_image(path)
    # As the lazy loader stands in for what is not installed.
    monkeypatch.setattr(images, "pi_heif", lazy_loader.load("no_such_package"))
    with pytest.raises(InputError, match=r"found a phone's HEIC photo, expected pip install au_tf\[heic\]"):
        read_image(path)
