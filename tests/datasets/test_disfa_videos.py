"""Frames out of videos, whole and damaged ones."""

import numpy as np
import pytest

from au_tf.datasets.disfa.disfa_videos import check_video, read_frames
from au_tf.errors import InputError


@pytest.fixture
def video(disfa):
    return disfa.video("SN001", "left")


def test_frames_are_those_that_were_written(disfa, video):
    check_video(video)
    frames = list(read_frames(video, 2, 3, final=True))
    assert len(frames) == 2
    for number, frame in enumerate(frames, 2):
        # JPEG changes colours a little; the picture before it lies 2 pixels aside.
        own, other = (disfa.picture("SN001", "left", k).astype(float) for k in (number, number - 1))
        assert np.abs(frame - own).mean() < 0.5 * np.abs(frame - other).mean()


@pytest.mark.parametrize(("last", "spare", "frames"), [(3, 0, 3), (4, 1, 3), (2, 1, 2)])
def test_as_long_as_the_labels(video, last, spare, frames):
    assert len(list(read_frames(video, 1, last, final=True, spare=spare))) == frames


@pytest.mark.parametrize(
    ("last", "spare", "message"),
    [
        (4, 0, r"LeftVideoSN001_comp\.avi: video: found 3 frames, expected 4, as there are labels"),
        (5, 1, r"found 3 frames, expected 5"),
        (2, 0, r"found more than 2 frames, expected 2, as there are labels"),
        (1, 1, r"found more than 1 frames"),
    ],
)
def test_not_as_long_as_the_labels(video, last, spare, message):
    with pytest.raises(InputError, match=message):
        list(read_frames(video, 1, last, final=True, spare=spare))


@pytest.mark.parametrize("content", [b"", b"RIFF" + bytes(500), b"no video at all" * 100])
def test_what_is_no_video(tmp_path, content):
    path = tmp_path / "LeftVideoSN001_comp.avi"
    path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"LeftVideoSN001_comp\.avi: video: found no(thing| frame) that can be decoded"
    ):
        check_video(path)


def test_a_video_that_breaks_off(tmp_path, video):
    path = tmp_path / "LeftVideoSN001_comp.avi"
    whole = video.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"LeftVideoSN001_comp\.avi: video: found \d frames, expected 3"):
        list(read_frames(path, 1, 3))
