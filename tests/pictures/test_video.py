"""Films as cameras, phones and editors leave them."""

import shutil
import struct
import subprocess

import cv2
import numpy as np
import pytest

from au_tf.errors import InputError
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


CLIPS = {
    "trimmed.mp4": ["-ss", "0.52", "-i", "whole.mp4", "-c", "copy"],
    "trimmed both ways.mp4": ["-ss", "0.52", "-i", "whole.mp4", "-t", "1", "-c", "copy"],
    "offset.mkv": ["-i", "whole.mp4", "-ss", "0.52", "-c", "copy", "-copyts"],
    "late.mp4": ["-itsoffset", "1.5", "-i", "whole.mp4", "-c", "copy"],
    "late.mkv": ["-itsoffset", "1.5", "-i", "whole.mp4", "-c", "copy"],
    "variable.mp4": ["-i", "whole.mp4", "-vf", "select=not(mod(n\\,3))+lt(n\\,20)", "-vsync", "vfr", "-c:v", "mpeg4"],
    "variable.mkv": ["-i", "whole.mp4", "-vf", "select=not(mod(n\\,3))+lt(n\\,20)", "-vsync", "vfr", "-c:v", "mpeg4"],
    "fragments.mp4": ["-i", "whole.mp4", "-c", "copy", "-movflags", "frag_keyframe+empty_moov"],
    "ahead.mp4": ["-i", "whole.mp4", "-c", "copy", "-movflags", "faststart"],
}


def ffmpeg(folder, *words):
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        pytest.skip("no ffmpeg is here")
    subprocess.run(["ffmpeg", "-v", "error", "-y", *words], cwd=folder, check=True)


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Two seconds with sound, whose frames come in another order than they are shown in."""
    folder = tmp_path_factory.mktemp("clips")
    source = ["-f", "lavfi", "-i", "testsrc2=size=96x64:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2"]
    ffmpeg(folder, *source, "-c:v", "mpeg4", "-g", "12", "-bf", "2", "-c:a", "aac", "whole.mp4")
    return folder


def shown(path):
    """When FFmpeg shows each frame."""
    words = ["-v", "error", "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time", "-of"]
    told = subprocess.run(["ffprobe", *words, "csv=p=0", path], capture_output=True, text=True, check=True).stdout
    return np.array([float(line.split(",")[0]) for line in told.split()])


@pytest.mark.parametrize("name", CLIPS)
def test_what_editors_and_phones_make_of_a_clip_is_whole_and_has_ffmpeg_s_times(name, clips):
    ffmpeg(clips, *CLIPS[name], name)
    frames = [*find_clips([str(clips / name)])[0].frames()]
    assert [frame.reason for frame in frames if frame.reason] == []
    expected = shown(clips / name)
    np.testing.assert_allclose([frame.time for frame in frames], expected - expected[0], atol=1.1e-3)


@pytest.mark.parametrize("name", ["ahead.mp4", "fragments.mp4", "late.mkv"])
def test_a_download_that_stopped_is_told(name, clips):
    ffmpeg(clips, *CLIPS[name], name)
    data = (clips / name).read_bytes()
    (clips / f"half {name}").write_bytes(data[: len(data) // 2])
    assert "frames that can be decoded of" in told(clips / f"half {name}")


def test_a_phone_held_upright(clips):
    ffmpeg(clips, "-i", "whole.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=90", "upright.mp4")
    words = ["-v", "error", "-show_entries", "stream_side_data=rotation", clips / "upright.mp4"]
    if "rotation=" not in subprocess.run(["ffprobe", *words], capture_output=True, text=True, check=True).stdout:
        pytest.skip("this ffmpeg does not turn films so")
    before, after = (next(iter(find_clips([str(clips / name)])[0].frames())) for name in ("whole.mp4", "upright.mp4"))
    assert after.image.shape == (96, 64, 3)
    turned = np.rot90(before.image.astype(int), 1), np.rot90(before.image.astype(int), -1)
    assert min(np.abs(after.image - each).mean() for each in turned) < 2.0


def test_sound_alone_is_one_clear_line(clips, capfd):
    ffmpeg(clips, "-i", "whole.mp4", "-vn", "-c", "copy", "sound.mp4")
    with pytest.raises(InputError, match=r"sound.mp4: video: found nothing that can be decoded"):
        next(iter(find_clips([str(clips / "sound.mp4")])[0].frames()))
    assert capfd.readouterr().err == ""
