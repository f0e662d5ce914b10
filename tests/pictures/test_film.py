import http.server
import queue
import resource
import shutil
import subprocess
import threading
from functools import partial

import cv2
import numpy as np
import pytest
from PIL import Image

from au_tf.errors import InputError
from au_tf.pictures.clips import find_clips
from au_tf.pictures.film import SUFFIXES, check_film, write_film
from au_tf.pictures.provenance.statement import COMPOSITE, Statement

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


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mp4", b"vp09"), (".webm", b"V_VP8"), (".mkv", b"MPEG4"), (".avi", b"XVID")]
)
def test_codecs(suffix, codec, tmp_path, capfd):
    path = tmp_path / f"a{suffix}"
    write_film(path, pictures(), 25)
    assert codec in path.read_bytes() and len(list(find_clips([str(path)])[0].frames())) == len(COLOURS)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("rate", [0.5, 23.976, 29.97, 66.667, 1000 / 15, 240.123, 1000.0])
def test_any_rate_is_rounded_to_what_the_container_holds(suffix, rate, tmp_path):
    path = tmp_path / f"a{suffix}"
    held = check_film(path, rate)
    write_film(path, np.random.default_rng(0).integers(0, 256, (len(COLOURS), 48, 64, 3), dtype=np.uint8), rate)
    if suffix in (".gif", ".webp"):
        with Image.open(path) as film:
            film.seek(1)
            film.load()
            assert film.n_frames == len(COLOURS) and film.info["duration"] == pytest.approx(1000 / held)
        # Hundredths and thousandths of a second.
        assert abs(1 / held - 1 / rate) < {".gif": 0.0096, ".webp": 0.0006}[suffix]
        return
    film = cv2.VideoCapture(str(path))
    assert film.get(cv2.CAP_PROP_FPS) == pytest.approx(held, rel=1e-4) and held == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1001])
def test_rates_that_no_film_has_are_refused_before_the_work(rate, tmp_path):
    with pytest.raises(InputError, match="rate: found"):
        write_film(tmp_path / "a.mp4", iter(()), rate)


def test_a_full_disk_is_told(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    noise = np.random.default_rng(0).integers(0, 256, (30, 128, 128, 3), dtype=np.uint8)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        for suffix in SUFFIXES:
            with pytest.raises(InputError, match=f"a{suffix}: "):
                write_film(tmp_path / f"a{suffix}", noise, 25)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".gif", ".webp"])
def test_a_browser_plays_it(suffix, tmp_path):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium is here")
    noise = np.random.default_rng(0).integers(0, 256, (49, 65, 3), np.uint8)
    shown = [np.roll(noise, number, 1) for number in range(len(COLOURS))]
    write_film(tmp_path / f"a{suffix}", shown, 25, Statement(COMPOSITE, "AU12=5", "5e" * 32))
    told_by = f"""<video src="a{suffix}" muted></video><script>const v = document.querySelector("video")
    v.onerror = () => fetch("/no-" + encodeURIComponent(v.error.message))
    v.onended = () => fetch("/played-" + v.videoWidth)
    v.play()</script>"""
    if suffix in (".gif", ".webp"):
        # An image ends only in the decoder: all its pictures have to come out of it.
        told_by = f"""<script>(async () => {{
        const data = await (await fetch("a{suffix}")).arrayBuffer()
        const decoder = new ImageDecoder({{data, type: "image/{suffix[1:]}"}})
        await decoder.tracks.ready
        await decoder.completed
        const count = decoder.tracks.selectedTrack.frameCount
        const last = await decoder.decode({{frameIndex: count - 1}})
        if (count != {len(COLOURS)}) throw Error(count + " pictures")
        fetch("/played-" + last.image.displayWidth)
        }})().catch(error => fetch("/no-" + encodeURIComponent(error.message)))</script>"""
    (tmp_path / "a.html").write_text(told_by)
    told = queue.SimpleQueue()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            if "/no-" in self.path or "/played-" in self.path:
                told.put(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
        address = f"http://127.0.0.1:{server.server_port}/a.html"
        with subprocess.Popen([browser, *options, address], stderr=subprocess.DEVNULL) as process:
            try:
                assert told.get(timeout=60) == f"/played-{65 if suffix in ('.gif', '.webp') else 64}"
            finally:
                process.terminate()
                server.shutdown()


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


@pytest.mark.parametrize("suffix", SUFFIXES)
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
    for path, told in ((tmp_path / "a.mpg", "suffix: found .mpg"), (tmp_path / "file" / "a.mp4", "can be written")):
        with pytest.raises(InputError, match=told):
            write_film(path, pictures(), 25)
