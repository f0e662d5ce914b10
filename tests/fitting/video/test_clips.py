"""Inputs become clips, and clips frames, whatever they are."""

import numpy as np
import pytest
from skimage import data

from au_tf.errors import InputError
from au_tf.pictures.clips import find_clips
from au_tf.pictures.images import write_image


@pytest.fixture
def folder(tmp_path):
    for k, name in enumerate(("face10.png", "face9.png", "face1.jpg")):
        write_image(tmp_path / name, np.full((40, 50, 3), 50 * k, np.uint8))
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden.png").write_bytes(b"")
    return tmp_path


def test_folders_and_patterns_in_the_order_of_their_numbers(folder, film):
    (clip,) = find_clips([str(folder)])
    assert [path.name for path in clip.files] == ["face1.jpg", "face9.png", "face10.png"]
    assert not clip.recording and clip.count() == 3
    photos, video = find_clips([str(film.path), f"{folder}/face*.png", str(folder / "face9.png")])
    assert [path.name for path in photos.files] == ["face9.png", "face10.png"]
    assert video.recording and video.files == (film.path,)


def test_a_series_of_pictures_has_times(folder):
    (clip,) = find_clips([str(folder)], 25.0)
    frames = list(clip.frames(2))
    assert clip.recording and [frame.number for frame in frames] == [2, 3]
    np.testing.assert_allclose([frame.time for frame in frames], [0.04, 0.08])
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [50, 0]


def test_what_cannot_be_read_says_why(folder):
    (folder / "face2.png").write_text("no picture")
    frames = list(find_clips([str(folder)])[0].frames())
    assert [frame.image is None for frame in frames] == [False, True, False, False]
    assert frames[1].reason == "file: found no picture"


def test_a_video_is_decoded_from_any_frame_on(film):
    (clip,) = find_clips([str(film.path)])
    frames = list(clip.frames())
    assert clip.count() == len(frames) == film.frames and frames[0].image.shape == (240, 400, 3)
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(film.frames) / film.rate, atol=1e-3)
    later = list(clip.frames(19))
    assert [frame.number for frame in later] == list(range(19, film.frames + 1))
    np.testing.assert_array_equal(later[0].image, frames[18].image)


def test_the_frames_that_a_damaged_video_lacks_are_told_of(film, tmp_path):
    path = tmp_path / "cut.avi"
    whole = film.path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    (clip,) = find_clips([str(path)])
    *frames, last = clip.frames()
    assert 5 < len(frames) < film.frames and all(frame.image is not None for frame in frames)
    assert last.number == len(frames) + 1 and last.image is None
    assert last.reason == f"video: found {len(frames)} frames that can be decoded of {film.frames} that it declares"
    # Begun after it, there is nothing more to tell.
    assert [frame.number for frame in clip.frames(last.number)] == [last.number]
    assert not list(clip.frames(last.number + 1))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("none.png", "none.png: file: found nothing, expected a picture or a video"),
        ("none*.png", "pattern: found no file of such a name"),
        ("empty", "empty: folder: found neither pictures nor videos"),
    ],
)
def test_what_is_missing(text, told, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=told.replace("*", r"\*")):
        find_clips([str(tmp_path / text)])


def test_a_video_that_is_none(tmp_path):
    path = tmp_path / "broken.mp4"
    path.write_text("not a video")
    (clip,) = find_clips([str(path)])
    with pytest.raises(InputError, match=r"broken\.mp4: video: found nothing that can be decoded"):
        list(clip.frames())
    # Without a name that tells, what is no video is taken for a picture.
    write_image(tmp_path / "face.png", data.astronaut()[:64, :64])
    (tmp_path / "face").write_bytes((tmp_path / "face.png").read_bytes())
    (clip,) = find_clips([str(tmp_path / "face")])
    assert next(clip.frames()).image.shape == (64, 64, 3)
