import cv2
import numpy as np
import pytest
from PIL import Image

from au_tf.errors import InputError
from au_tf.pictures.film import write_film

COLOURS = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (120, 120, 120)]


def pictures():
    for colour in COLOURS:
        yield np.full((49, 65, 3), colour, np.uint8)


def test_mp4_has_the_pictures_in_order(tmp_path):
    write_film(tmp_path / "a.mp4", pictures(), 12.5)
    film = cv2.VideoCapture(str(tmp_path / "a.mp4"))
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(12.5)
    for colour in COLOURS:
        there, picture = film.read()
        assert there
        assert picture.shape == (48, 64, 3)
        assert np.abs(picture[..., ::-1].mean((0, 1)) - colour).max() < 8
    assert not film.read()[0]
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_gif_has_the_pictures_in_order_and_what_rests_does_not_flicker(tmp_path):
    rng = np.random.default_rng(0)
    still = rng.integers(0, 256, (49, 65, 3), dtype=np.uint8)
    still[:6, : 6 * len(COLOURS)] = np.repeat(COLOURS, 6, 0)
    shown = [still.copy() for _ in COLOURS]
    for picture, colour in zip(shown, COLOURS, strict=True):
        picture[20:30, 20:40] = colour
    write_film(tmp_path / "a.gif", shown, 25)
    with Image.open(tmp_path / "a.gif") as film:
        assert (film.n_frames, film.info["loop"]) == (len(COLOURS), 0)
        frames = [np.asarray(film.convert("RGB")).astype(int) for k in range(film.n_frames) if film.seek(k) is None]
        assert film.info["duration"] == 40
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert np.abs(frame[20:30, 20:40] - colour).max() < 40
        np.testing.assert_array_equal(frame[35:], frames[0][35:])


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_film_that_is_interrupted_leaves_what_was_there(suffix, tmp_path):
    def stopped():
        yield from pictures()
        raise KeyboardInterrupt

    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt):
        write_film(path, stopped(), 25)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_place_and_suffix_that_cannot_be(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path, told in ((tmp_path / "a.avi", "suffix: found .avi"), (tmp_path / "file" / "a.mp4", "can be written")):
        with pytest.raises(InputError, match=told):
            write_film(path, pictures(), 25)
