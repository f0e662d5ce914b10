"""Films as cameras, phones and editors leave them."""

import struct

import cv2
import numpy as np
import pytest

from au_tf.pictures.clips import find_clips
from au_tf.pictures.film import write_film
from au_tf.pictures.video import Video, played

RATE, FRAMES = 25, 50


@pytest.fixture(scope="module", params=[".mp4", ".mkv"])
def film(request, tmp_path_factory):
    """Fifty pictures of which each is told by its grey."""
    path = tmp_path_factory.mktemp("film") / f"film{request.param}"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), RATE, (64, 48))
    for k in range(FRAMES):
        writer.write(np.full((48, 64, 3), 4 * k, np.uint8))
    writer.release()
    return path


def trimmed(film, frames):
    """As phones and ffmpeg cut the beginning off without encoding anew."""
    data = bytearray(film.read_bytes())
    if film.suffix == ".mp4":
        # Of the only edit: how long it plays, in ticks of the film, and where it begins, in those of the track.
        at = data.index(b"elst") + 4
        (ticks,) = struct.unpack_from(">I", data, data.index(b"mvhd") + 16)
        (own,) = struct.unpack_from(">I", data, data.index(b"mdhd") + 16)
        struct.pack_into(">Ii", data, at + 8, (FRAMES - frames) * ticks // RATE, frames * own // RATE)
    else:
        # The first cluster begins later, and so does the end of the whole.
        at = data.index(b"\x1f\x43\xb6\x75")
        at = data.index(b"\xe7", at)
        assert data[at + 1] == 0x81 and data[at + 2] == 0
        data[at + 2] = frames * 1000 // RATE
        at = data.index(b"\x44\x89\x88") + 3
        (length,) = struct.unpack_from(">d", data, at)
        struct.pack_into(">d", data, at, length + frames * 1000 / RATE)
    path = film.with_stem("trimmed")
    path.write_bytes(data)
    return path


def told(path):
    *_, last = find_clips([str(path)])[0].frames()
    return last.reason


def test_a_trimmed_clip_is_whole(film):
    path = trimmed(film, 6)
    with Video(path) as video:
        while video.grab():
            pass
        # OpenCV declares more than there is to see: this is no clip like any other.
        assert video.declared > video.number + 4 and not video.stops_early()
    assert told(path) == ""


def test_a_clip_that_is_cut_off_is_not(film):
    data = bytearray(trimmed(film, 6).read_bytes())
    media = data.index(b"mdat" if film.suffix == ".mp4" else b"\x1f\x43\xb6\x75")
    # What a download that stopped lacks; the table of an MP4 may stand before the pictures.
    end = data.index(b"moov", media) if film.suffix == ".mp4" else len(data)
    middle = (media + end) // 2
    data[middle:end] = bytes(end - middle) if film.suffix == ".mp4" else b""
    path = film.with_stem("cut")
    path.write_bytes(data)
    assert "frames that can be decoded of" in told(path)


def test_how_long_an_edit_list_plays(tmp_path):
    write_film(tmp_path / "a.mp4", [np.zeros((48, 64, 3), np.uint8)] * 10, 10)
    assert played(tmp_path / "a.mp4") == pytest.approx(1.0)
    whole = (tmp_path / "a.mp4").read_bytes()
    # Whatever is damaged, there is an answer.
    rng = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(whole)
        at = rng.integers(whole.index(b"moov") - 4, len(whole), 4)
        data[at[0]] = data[at[1]] = rng.integers(256)
        (tmp_path / "b.mp4").write_bytes(data[: at[2]] if at[3] % 3 == 0 else data)
        length = played(tmp_path / "b.mp4")
        assert length is None or length >= 0
