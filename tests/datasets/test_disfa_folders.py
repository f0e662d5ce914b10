"""DISFA's folders, its landmark files, and what is known to be wrong with them."""

import shutil

import numpy as np
import pytest
from scipy.io import savemat

from au_tf.datasets.disfa.defects import known_good
from au_tf.datasets.disfa.folders import landmark_paths, video_path
from au_tf.datasets.disfa.landmark_files import read_all_landmarks, read_landmarks
from au_tf.errors import InputError


def touch(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).touch()


def lm(root, subject):
    return root / "Landmark_Points" / subject / "tmp_frame_lm"


def test_both_numberings(tmp_path):
    touch(lm(tmp_path, "SN001"), [f"SN001_{k:04d}_lm.mat" for k in range(4)])  # one too many
    touch(lm(tmp_path, "SN002"), [f"l{k:05d}_lm.mat" for k in range(1, 4)] + ["._l00001_lm.mat", "Thumbs.db"])
    assert [p.name for p in landmark_paths(tmp_path, "SN001", 3)] == [f"SN001_{k:04d}_lm.mat" for k in range(3)]
    assert [p.name for p in landmark_paths(tmp_path, "SN002", 3)] == [f"l{k:05d}_lm.mat" for k in range(1, 4)]


def test_the_one_file_that_disfa_lacks(tmp_path):
    names = [f"l{k:05d}_lm.mat" for k in range(1, 3633) if k != 3631]
    touch(lm(tmp_path, "SN031"), names)
    paths = landmark_paths(tmp_path, "SN031", 3632)
    assert [k for k, path in enumerate(paths, 1) if path is None] == [3631]
    (lm(tmp_path, "SN031") / "l00007_lm.mat").unlink()
    with pytest.raises(InputError, match=r"no file for frame 7, expected a file for each of 3632 frames"):
        landmark_paths(tmp_path, "SN031", 3632)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["SN001_0000_lm.mat", "SN001_0001_lm.mat"], r"no file for frame 3, expected a file for each of 3 frames"),
        (["l00001_lm.mat"], r"no file for frame 2 and 1 others"),
        ([f"l{k:05d}_lm.mat" for k in range(1, 6)], r"found 2 files beyond frame 3, expected at most 1"),
        (["l00001_lm.mat", "SN001_0000_lm.mat"], r"l00001_lm\.mat: name: found frame 1, as SN001_0000_lm\.mat"),
        (["SN002_0000_lm.mat"], r"SN002_0000_lm\.mat: name: found SN002_0000_lm\.mat, expected SN001_0000_lm\.mat"),
    ],
)
def test_landmark_files_that_cannot_be(tmp_path, names, message):
    touch(lm(tmp_path, "SN001"), names)
    with pytest.raises(InputError, match=message):
        landmark_paths(tmp_path, "SN001", 3)


def test_doubled_folders(blank):
    for name in ("ActionUnit_Labels", "Videos_LeftCamera"):
        shutil.move(blank.root / name, blank.root / "inner")
        (blank.root / name).mkdir()
        shutil.move(blank.root / "inner", blank.root / name / name)
    assert video_path(blank.root, "SN001", "left").parts[-3:-1] == ("Videos_LeftCamera", "Videos_LeftCamera")
    assert video_path(blank.root, "SN001", "right").parts[-3:-1] == ("disfa", "Video_RightCamera")


def test_missing_parts_are_named(blank):
    blank.video("SN001", "right").unlink()
    with pytest.raises(
        InputError, match=r"RightVideoSN001_Comp\.avi: file: found nothing, expected video of the right"
    ):
        video_path(blank.root, "SN001", "right")
    shutil.rmtree(blank.root / "Videos_LeftCamera")
    with pytest.raises(InputError, match=r"disfa: Videos_LeftCamera: found nothing, expected DISFA's folder"):
        video_path(blank.root, "SN001", "left")
    shutil.rmtree(blank.landmarks("SN001"))
    with pytest.raises(InputError, match=r"tmp_frame_lm: folder: found nothing, expected landmarks of SN001"):
        landmark_paths(blank.root, "SN001", 3)


def test_landmarks_are_read(tmp_path):
    points = np.random.default_rng(0).uniform(0, 768, (66, 2))
    savemat(tmp_path / "l00001_lm.mat", {"pts": points})
    found = read_all_landmarks([tmp_path / "l00001_lm.mat", None])
    np.testing.assert_array_equal(found, [points.astype(np.float32), np.zeros((66, 2))])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"pts": np.zeros((65, 2))}, r"l00001_lm\.mat: pts: found float64\[65, 2\], expected numbers \[66, 2\]"),
        ({"pts": np.zeros((2, 66))}, r"pts: found float64\[2, 66\]"),
        ({"pts": np.full((66, 2), np.nan)}, r"pts: found a number that is not finite"),
        ({"pts": np.full((66, 2), 1e300)}, r"pts: found a number that is not finite"),
        ({"pts": "text"}, r"pts: found text"),
        ({"points": np.zeros((66, 2))}, r"pts: found nothing"),
        (b"MATLAB 5.0 MAT-file" + bytes(300), r"l00001_lm\.mat: "),
        (b"", r"l00001_lm\.mat: "),
    ],
)
def test_landmarks_that_cannot_be(tmp_path, content, message):
    path = tmp_path / "l00001_lm.mat"
    path.write_bytes(content) if isinstance(content, bytes) else savemat(path, content)
    with pytest.raises(InputError, match=message):
        read_landmarks(path)


def test_known_bad_frames():
    # From facts of others' work with DISFA: these many frames a subject.
    counts = {"SN001": 77, "SN011": 21, "SN021": 3052, "SN029": 454, "SN003": 0}
    assert {subject: int((~known_good(subject, 4845)).sum()) for subject in counts} == counts
    good = known_good("SN002", 4845)
    assert good[798] and not good[799] and not good[825] and good[826]  # frames 799, 800, 826 and 827
    assert known_good("SN001", 3).all()
