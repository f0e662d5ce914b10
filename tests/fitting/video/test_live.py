"""Frames as they come: nothing of what follows is known."""

import itertools

import numpy as np
import pandas as pd
import pytest

import au_tf
from au_tf.errors import InputError
from au_tf.fitting.accuracy import weighted_correlation
from au_tf.fitting.video import live
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.clips import find_clips


@pytest.fixture(scope="module")
def pictures(film):
    return [frame.image for frame in find_clips([str(film.path)])[0].frames()]


@pytest.fixture(scope="module")
def rows(pictures):
    """Rows of each picture; people are learnt from a second frame, four later, and known from the eighth on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "_LEARNT", (4,))
        patch.setattr(live, "_LATER", 4)
        yield [*au_tf.extract_live(pictures, rate=20.0)]


def test_no_row_depends_on_what_comes_after_it(pictures, rows, monkeypatch):
    monkeypatch.setattr(live, "_LEARNT", (4,))
    monkeypatch.setattr(live, "_LATER", 4)
    noise = np.random.default_rng(0).integers(0, 256, pictures[0].shape, np.uint8)
    asked = []

    def given():
        for number, picture in enumerate([*pictures[:10], noise, noise], 1):
            asked.append(number)
            yield picture

    for number, now in enumerate(au_tf.extract_live(given(), rate=20.0), 1):
        # A row is there before the next picture is asked for.
        assert asked[-1] == number
        for name, values in now.items() if number <= 10 else ():
            np.testing.assert_array_equal(values, rows[number - 1][name], err_msg=f"{name} of {number}")


def test_who_does_what_is_found_and_people_are_known_again(film, rows):
    model, truth = builtin_face(), film.people[0]
    assert {number for number, each in enumerate(rows, 1) if (each["face"] == -1).all()} == set(film.blank)
    own = [(number, each, each["face"].tolist().index(0)) for number, each in enumerate(rows) if 0 in each["face"]]
    assert len(own) >= film.frames - len(film.blank) - 2
    found = np.array([each["expression"][k] for _, each, k in own])
    motion = np.sqrt(np.square(model.expression_basis).sum((1, 2)))
    assert weighted_correlation(found, truth.expression[[number for number, _, _ in own]], motion) > 0.85
    assert {face for each in rows for face in each["face"].tolist()} == {-1, 0, 1}


def test_times_are_told_or_measured(pictures):
    told = [each["timestamp"][0] for each in au_tf.estimate_live(pictures[:3], rate=20.0)]
    assert told == [0.0, 0.05, 0.1]
    (measured,) = au_tf.estimate_live(iter(pictures[:1]))
    assert 0.0 <= measured["timestamp"][0] < 10.0


def test_a_film_in_the_camera_s_stead_is_read_as_estimate_does(film, tmp_path, monkeypatch):
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path))
    whole = au_tf.estimate(film.path).table
    for table in itertools.islice(au_tf.estimate_live(film.path), 6):
        same = whole[whole["frame"] == table["frame"][0]].reset_index(drop=True)
        pd.testing.assert_frame_equal(same, table, check_dtype=False, rtol=1e-5, atol=1e-5)


def test_what_is_no_camera_and_no_picture_is_told(tmp_path):
    with pytest.raises(InputError, match="camera 77: device: found none that can be opened"):
        next(au_tf.extract_live(77))
    with pytest.raises(InputError, match="frame 1: array: found float64"):
        next(au_tf.estimate_live(np.zeros((1, 64, 64, 3))))
    with pytest.raises(InputError, match=r"camera .*: file: found nothing"):
        next(au_tf.estimate_live(tmp_path / "none.mp4"))
