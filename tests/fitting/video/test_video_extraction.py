"""A film of rendered people becomes rows that tell who did what when, and why something is missing."""

import numpy as np
import pandas as pd
import pytest
from conftest import BLANK, FRAMES, SECOND_COMES, SECOND_GOES
from scipy.spatial.transform import Rotation
from skimage import data

from au_tf.fitting.accuracy import turn_between, weighted_correlation
from au_tf.fitting.video import extraction, people, sightings
from au_tf.fitting.video.clips import find_clips
from au_tf.fitting.video.extraction import extract, forget
from au_tf.fitting.video.overlays import draw_overlays
from au_tf.fitting.video.rows import write_csv
from au_tf.images import write_image
from au_tf.morphable.builtin import builtin_face


@pytest.fixture(scope="module", autouse=True)
def few_references():
    """People are learnt from two frames: enough here, and sooner done."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "REFERENCES", 2)
        yield


@pytest.fixture(scope="module")
def found(film, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AU_TF_CACHE", str(tmp_path_factory.mktemp("cache")))
        return extract(find_clips([str(film.path)]), builtin_face())


def test_two_people_are_told_apart_and_one_is_known_again(found):
    ok = found["success"]
    first = found["frame"][ok & (found["face"] == 0)]
    np.testing.assert_array_equal(first, [k + 1 for k in range(FRAMES) if k not in BLANK])
    second = found["frame"][ok & (found["face"] == 1)]
    assert set(second) <= set(range(SECOND_COMES + 1, SECOND_GOES + 1)) and len(second) > 3
    for face in (0, 1):
        for name in ("identity", "albedo"):
            rows = found[name][ok & (found["face"] == face)]
            np.testing.assert_array_equal(rows, np.repeat(rows[:1], len(rows), 0))


def test_what_is_not_found_says_why(found):
    lost = found["frame"][~found["success"] & (found["face"] == 0)]
    assert set(lost) == {k + 1 for k in BLANK}
    rows = ~found["success"]
    assert all(found["reason"][rows]) and not any(found["reason"][~rows])
    assert np.isnan(found["expression"][rows]).all() and np.isfinite(found["expression"][~rows]).all()


def test_expression_and_pose_are_those_of_the_film(found, film):
    model, truth = builtin_face(), film.people[0]
    rows = found["success"] & (found["face"] == 0)
    frames = found["frame"][rows] - 1
    motion = np.sqrt(np.square(model.expression_basis).sum((1, 2)))
    assert weighted_correlation(found["expression"][rows], truth.expression[frames], motion) > 0.9
    assert turn_between(found["rotation"][rows], truth.rotation[frames]).mean() < 3.0
    np.testing.assert_allclose(found["time"][rows], frames / 20.0, atol=1e-3)


def test_an_interrupted_extraction_goes_on_and_comes_to_the_same(found, film, tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path))
    for module in (extraction, sightings):
        monkeypatch.setattr(module, "CHUNK", 10)
    calls = []

    def interrupted(*given):
        calls.append(given)
        if len(calls) == 14:
            raise KeyboardInterrupt
        return fitted(*given)

    fitted = extraction.fit_person
    monkeypatch.setattr(extraction, "fit_person", interrupted)
    clips = find_clips([str(film.path)])
    with pytest.raises(KeyboardInterrupt):
        extract(clips, builtin_face())
    again = extract(clips, builtin_face())
    # The frames of the chunk that was finished are not fitted again.
    assert len(calls) < 14 + len(found["frame"])
    for name, values in found.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
    forget(clips, builtin_face())
    assert not any(path.is_file() for path in tmp_path.rglob("*.npz"))


def test_the_table_is_read_by_pandas_in_the_conventions_of_openface(found, film, tmp_path):
    write_csv(tmp_path / "faces.csv", found)
    table = pd.read_csv(tmp_path / "faces.csv")
    assert len(table) == len(found["frame"]) and table.dtypes[["frame", "face_id", "success"]].eq(np.int64).all()
    row = table[(table.frame == 6) & (table.face_id == 0)].iloc[0]
    k = int(row.name)
    np.testing.assert_allclose(row[[f"x_{i}" for i in range(68)]].astype(float), found["landmarks"][k, :, 0], atol=0.06)
    place = row[["pose_Tx", "pose_Ty", "pose_Tz"]].to_numpy(float)
    np.testing.assert_allclose(place, found["translation"][k] * (1, -1, -1), atol=1e-3)
    # Rows of the rotation are x right, y down, z away: by hand from the matrix.
    flip = np.diag([1.0, -1.0, -1.0])
    matrix = flip @ Rotation.from_rotvec(found["rotation"][k]).as_matrix() @ flip
    x, y, z = row[["pose_Rx", "pose_Ry", "pose_Rz"]].to_numpy(float)
    turns = [Rotation.from_euler(axis, angle).as_matrix() for axis, angle in (("x", x), ("y", y), ("z", z))]
    np.testing.assert_allclose(turns[0] @ turns[1] @ turns[2], matrix, atol=1e-3)
    missing = table[table.frame == BLANK[0] + 1].iloc[0]
    assert missing.success == 0 and np.isnan(missing.x_0) and "found nowhere" in missing.reason


def test_photos_one_by_one_and_their_pictures(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    photos = tmp_path / "photos"
    crowd = data.astronaut().copy()
    crowd[300:500, 0:200] = crowd[20:220, 120:320]
    write_image(photos / "1.png", crowd)
    write_image(photos / "2.png", data.coffee())
    (photos / "3.png").write_text("no picture")
    clips = find_clips([str(photos)])
    rows = extract(clips, builtin_face())
    assert rows["frame"].tolist() == [1, 1, 2, 3] and rows["face"].tolist() == [0, 1, -1, -1]
    assert rows["success"].tolist() == [True, True, False, False]
    assert rows["reason"].tolist()[2:] == ["face: found none", "file: found no picture"]
    written = draw_overlays(tmp_path / "overlays", clips, rows, builtin_face())
    assert [path.name for path in written] == ["00001-1-0.png", "00001-1-1.png"]
    only = extract(clips, builtin_face(), face=1)
    assert only["success"].tolist() == [True, False, False]
    assert only["reason"].tolist()[1] == "face: found none"
