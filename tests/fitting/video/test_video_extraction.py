"""A film of rendered people becomes rows that tell who did what when, and why something is missing."""

import shutil

import cv2
import matplotlib.cbook
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation
from skimage import data

from au_tf.fitting.accuracy import turn_between, weighted_correlation
from au_tf.fitting.detect.detection import landmark_reader
from au_tf.fitting.video import extraction, people, sightings
from au_tf.fitting.video.extraction import extract, forget
from au_tf.fitting.video.frame_rows import write_csv
from au_tf.fitting.video.overlays import draw_overlays
from au_tf.fitting.video.store import Store
from au_tf.fitting.video.work import UNSOLVED
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.clips import Clip, find_clips
from au_tf.pictures.images import read_image, write_image

CHUNK = 10
MISSED = "face: found nowhere in this frame"


@pytest.fixture(scope="module", autouse=True)
def sooner_done():
    """Of each track one frame tells who it is, enough here; what is found is kept after every ten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "REFERENCES", 1)
        patch.setattr(extraction, "CHUNK", CHUNK)
        patch.setattr(sightings, "CHUNK", CHUNK)
        yield


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """The cache after `found`."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def found(film, cache):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AU_TF_CACHE", str(cache))
        return extract(find_clips([str(film.path)]), builtin_face())


@pytest.fixture
def own_cache(found, cache, tmp_path, monkeypatch):
    """A copy of the cache after `found`: its files by name."""
    shutil.copytree(cache, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path))
    return {path.name: path for path in tmp_path.rglob("*.npz")}


def frames_of(found, face, success=True):
    return set(found["frame"][(found["face"] == face) & (found["success"] == success)].tolist())


def test_two_people_who_pass_each_other_are_told_apart_and_known_again(found, film):
    every = set(range(1, film.frames + 1))
    assert set(found["face"]) == {0, 1}
    assert frames_of(found, 0) == every - set(film.blank)
    seen = frames_of(found, 1)
    # Half behind somebody else one is lost, or not relied on.
    assert seen.isdisjoint(film.blank + film.hidden) and len(seen) >= film.frames - len(film.blank + film.hidden) - 4
    for face, person in enumerate(film.people):
        rows = found["success"] & (found["face"] == face)
        for name in ("identity", "albedo"):
            np.testing.assert_array_equal(found[name][rows], np.repeat(found[name][rows][:1], rows.sum(), 0))
        walk = person.translation[found["frame"][rows] - 1, 0]
        assert np.corrcoef(found["translation"][rows, 0], walk)[0, 1] > 0.98


def test_what_is_not_found_says_why(found, film):
    assert frames_of(found, 0, success=False) == set(film.blank)
    assert frames_of(found, 1) | frames_of(found, 1, success=False) == set(range(1, film.frames + 1))
    rows = ~found["success"]
    missed, unclear = (np.char.startswith(found["reason"], text) for text in (MISSED, "face: unclear"))
    assert missed.any() and np.array_equal(rows, missed | unclear) and set(found["reason"][~rows]) == {""}
    assert np.isnan(found["expression"][missed]).all() and np.isfinite(found["expression"][~missed]).all()


def test_expression_and_pose_are_those_of_the_film(found, film):
    model, truth = builtin_face(), film.people[0]
    rows = found["success"] & (found["face"] == 0)
    frames = found["frame"][rows] - 1
    motion = np.sqrt(np.square(model.expression_basis).sum((1, 2)))
    assert weighted_correlation(found["expression"][rows], truth.expression[frames], motion) > 0.9
    assert turn_between(found["rotation"][rows], truth.rotation[frames]).mean() < 3.0
    np.testing.assert_allclose(found["time"][rows], frames / film.rate, atol=1e-3)


def test_killed_while_it_fits_it_goes_on_and_comes_to_the_same(found, film, own_cache, monkeypatch):
    own_cache["fits-2.npz"].unlink()
    fitted, fit = set(), extraction.fit_person
    monkeypatch.setattr(extraction, "fit_person", lambda *given: fitted.add(given[2]) or fit(*given))
    clips = find_clips([str(film.path)])
    again = extract(clips, builtin_face())
    assert fitted == set(range(2 * CHUNK, film.frames))
    for name, values in found.items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
    forget(clips, builtin_face())
    assert not any(path.exists() for path in own_cache.values())


def test_killed_while_it_follows_faces_it_goes_on_as_it_was(film, own_cache):
    (clip,) = find_clips([str(film.path)])
    store = Store([])
    store.folder = own_cache["seen-0.npz"].parent
    before = sightings.look(clip, store, landmark_reader())
    for name in ("seen-1.npz", "seen-2.npz"):
        own_cache[name].unlink()
    after = sightings.look(clip, store, landmark_reader())
    np.testing.assert_array_equal(after.row, before.row)
    np.testing.assert_array_equal(after.track, before.track)
    for one, two in zip(after.faces, before.faces, strict=True):
        np.testing.assert_array_equal(one.landmarks, two.landmarks)


def test_faces_that_cannot_be_fitted_are_rows_too(film, own_cache, monkeypatch):
    def unsolvable(*_):
        raise np.linalg.LinAlgError

    for k in range(3):
        own_cache[f"fits-{k}.npz"].unlink()

    def damaged(clip, first=1):
        for frame in frames(clip, first):
            yield frame if frame.number != 5 else frame._replace(image=None, reason="picture: found none")

    frames = Clip.frames
    monkeypatch.setattr(Clip, "frames", damaged)
    monkeypatch.setattr(extraction, "meet", lambda *_: ([None], {0: 0}, {1: "too dark"}))
    monkeypatch.setattr(extraction, "fit_person", unsolvable)
    rows = extract(find_clips([str(film.path)]), builtin_face())
    first = rows["frame"] == 1
    assert rows["face"][first].tolist() == [0, -1] and not rows["success"].any()
    assert rows["reason"][first].tolist() == [UNSOLVED, "too dark"]
    assert rows["reason"][rows["frame"] == 5].tolist() == ["picture: found none", "too dark"]
    # Of the tracks that come later nobody has said anything.
    assert rows["reason"][rows["frame"] == film.frames].tolist() == ["face: found none"]


def test_who_is_in_an_album(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    astronaut = data.astronaut()[20:220, 120:320]
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        hopper = read_image(file.name)[20:320, 100:400]
    darker = cv2.convertScaleAbs(np.ascontiguousarray(astronaut[:, ::-1]), alpha=0.7)
    for number, picture in enumerate((astronaut, hopper, data.coffee()[:200, :200], darker), 1):
        write_image(tmp_path / f"{number}.png", picture)
    rows = extract(find_clips([f"{tmp_path}/*.png"], album=True), builtin_face())
    assert rows["frame"].tolist() == [1, 2, 3, 4] and rows["face"].tolist() == [0, 1, -1, 0]
    assert rows["success"].tolist() == [True, True, False, True]
    np.testing.assert_array_equal(rows["identity"][3], rows["identity"][0])
    assert not np.array_equal(rows["identity"][1], rows["identity"][0])
    assert not np.array_equal(rows["expression"][3], rows["expression"][0])


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
    missing = table[table.frame == film.blank[0]].iloc[0]
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
    third = extract(clips, builtin_face(), face=2)
    assert third["frame"].tolist() == [1, 2, 3] and not third["success"].any()
    assert third["reason"].tolist() == ["face 2: found 2 in the picture", *rows["reason"].tolist()[2:]]


def test_films_of_the_mesh(film, own_cache, tmp_path):
    clips = find_clips([str(film.path)])
    rows = extract(clips, builtin_face())
    (path,) = draw_overlays(tmp_path / "look", clips, rows, builtin_face())
    assert path.name == "two people.webm"
    drawn = list(find_clips([str(path)])[0].frames())
    assert len(drawn) == film.frames and drawn[1].time == pytest.approx(1 / film.rate, abs=1e-3)
    changed = [np.abs(a.image.astype(int) - b.image).mean() for a, b in zip(drawn, clips[0].frames(), strict=True)]
    empty = np.isin(np.arange(1, film.frames + 1), film.blank)
    assert min(np.array(changed)[~empty]) > 2 * max(np.array(changed)[empty])


def test_films_of_odd_series(tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    for folder, sides in (("a/series", (64, 80)), ("b/series", (64,)), ("c/series", ())):
        for k, side in enumerate(sides):
            write_image(tmp_path / folder / f"{k}.png", np.full((side, side, 3), 90, np.uint8))
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "9.png").write_text("no picture")
    clips = [find_clips([str(tmp_path / name / "series")], 10.0)[0] for name in "abc"]
    rows = extract(clips, builtin_face())
    assert not rows["success"].any()
    films = draw_overlays(tmp_path / "look", clips, rows, builtin_face())
    assert [path.name for path in films] == ["01-series.webm", "02-series.webm"]
    assert [find_clips([str(path)])[0].count() for path in films] == [2, 1]
