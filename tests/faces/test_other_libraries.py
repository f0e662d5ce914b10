"""Pictures of other libraries go in, tables and labelled arrays come out, and objects travel between processes."""

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sklearn.model_selection import GroupKFold, cross_val_score, cross_validate
from threadpoolctl import threadpool_info, threadpool_limits

import au_tf
from au_tf.blas import one_blas_thread
from au_tf.errors import InputError
from au_tf.estimation.regressors import OrdinalSVRegressor, SVRegressor
from au_tf.estimation.svr import fit_svr
from au_tf.pictures.clips import clips_of
from au_tf.pictures.images import checked_picture


class Foreign:
    """What knows DLPack alone, as arrays of other frameworks."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **asked):
        return self.array.__dlpack__(**asked)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_pictures_of_other_libraries_are_pictures():
    picture = data.astronaut()
    for given in (Image.fromarray(picture), Foreign(picture), memoryview(picture)):
        np.testing.assert_array_equal(checked_picture(given, "photo"), picture)


def test_pictures_are_taken_without_files():
    picture = data.astronaut()
    (clip,) = clips_of([picture, Image.fromarray(picture)])
    assert [frame.source for frame in clip.frames()] == ["picture 1", "picture 2"]
    assert clips_of(picture)[0].identity() != clips_of(picture[::-1].copy())[0].identity()
    with pytest.raises(InputError, match="picture 2: array"):
        clips_of([picture, picture[..., 0]])
    found = au_tf.estimate(picture)
    assert found.intensities[0, au_tf.AU_NAMES.index("AU12")] > 2
    assert au_tf.extract(picture).rows["source"].tolist() == ["picture 1"]


def test_objects_show_themselves_in_one_line(astronaut):
    smile = astronaut.express(AU12=5)
    parts = (astronaut.fit, astronaut.fit.face, astronaut.camera, astronaut.coefficients, astronaut.model)
    for each in (astronaut, smile, astronaut.generator, *parts):
        assert len(repr(each)) < 140 and "\n" not in repr(each)
    np.testing.assert_array_equal(np.asarray(smile), smile.photo)
    assert np.asarray(smile, np.float32).dtype == np.float32


def test_coefficients_have_units_and_columns(astronaut):
    pytest.importorskip("xarray")
    one = astronaut.coefficients
    two = one[None].with_expression(np.stack([one.expression, 0 * one.expression]))
    arrays = two.to_xarray()
    assert arrays["expression"].dims == ("row", "expression_axis") and arrays["rotation"].units == "rad"
    assert arrays["lighting"].sizes == {"row": 2, "harmonic": 9, "colour": 3}
    np.testing.assert_array_equal(arrays["identity"], np.stack([one.identity] * 2))
    table = two.to_pandas()
    np.testing.assert_array_equal(table["expression_3"], [one.expression[3], 0])
    assert table["lighting_26"].tolist() == [one.lighting[8, 2]] * 2 and len(one.to_pandas()) == 1


def test_a_time_line_has_units_and_columns(tmp_path):
    pytest.importorskip("xarray")
    (tmp_path / "a.csv").write_text("time,AU6,AU12\n0,0,1\n2,3,5\n")
    line = au_tf.read_timeline(tmp_path / "a.csv", 25.0)
    assert line.to_pandas()[["time", "AU6", "AU12"]].to_numpy().tolist() == [[0, 0, 1], [2, 3, 5]]
    arrays = line.to_xarray()
    assert arrays["time"].attrs["units"] == "s" and arrays["intensity"].attrs["units"]
    assert float(arrays["intensity"].sel(action_unit="AU12").interp(time=1.0)) == 3.0


def test_extractions_and_readings_are_labelled():
    pytest.importorskip("xarray")
    found = au_tf.extract(data.astronaut())
    arrays = found.to_xarray()
    assert arrays["translation"].attrs["units"] == "mm" and arrays.sizes["landmark"] == 68
    assert found.to_pandas()["success"].tolist() == [True]
    read = au_tf.estimate(data.astronaut())
    assert read.to_xarray()["pose"].attrs["units"] == "rad" and len(read.to_pandas()) == 1


def test_faces_travel_light(astronaut):
    model = au_tf.load_face_model("builtin")
    assert len(pickle.dumps(model)) < 1000 and pickle.loads(pickle.dumps(model)) is model
    smile = astronaut.express(AU12=5)
    expected = smile.photo
    sent = pickle.dumps(smile)
    assert len(sent) < 3e6
    np.testing.assert_array_equal(pickle.loads(sent).photo, expected)


def test_a_face_model_that_has_changed_meanwhile_is_not_taken_for_the_one_that_was_sent(tmp_path):
    own = au_tf.load_face_model("builtin")
    own.save(tmp_path / "face.npz")
    sent = pickle.dumps(au_tf.load_face_model(tmp_path / "face.npz"))
    assert pickle.loads(sent).digest == own.digest
    from au_tf.morphable.load import _again

    _again.cache_clear()
    type(own)(**{**{f: getattr(own, f) for f in own.__dataclass_fields__}, "mean_shape": own.mean_shape + 1}).save(
        tmp_path / "face.npz"
    )
    with pytest.raises(InputError, match="face model"):
        pickle.loads(sent)


def blas_threads():
    return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]


def fitted(picture):
    return au_tf.fit_photo(picture, au_tf.load_face_model("builtin")).coefficients


def test_eight_threads_fit_the_same_as_one():
    before, picture = blas_threads(), data.astronaut()[:256, 96:352]
    photos = [np.roll(picture, k, 1) for k in range(4)]
    alone = [fitted(photo) for photo in photos]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(fitted, photos * 2))
        read = list(pool.map(lambda _: au_tf.estimate(picture).intensities, range(8)))
    assert blas_threads() == before
    for one, other in zip(alone * 2, together, strict=True):
        for name in ("identity", "albedo", "expression", "rotation", "translation", "lighting"):
            # Threads that take turns round sums otherwise.
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-3)
    assert all(np.array_equal(each, read[0]) for each in read)


def test_blas_is_as_it_was_when_the_last_is_done():
    first, second = ExitStack(), ExitStack()
    with threadpool_limits(3, "blas"):
        first.enter_context(one_blas_thread())
        second.enter_context(one_blas_thread())
        first.close()
        assert set(blas_threads()) == {1}
        second.close()
        assert 3 in blas_threads()


def test_regressions_go_through_scikit_learn():
    rng = np.random.default_rng(0)
    given, person = rng.normal(size=(120, 8)), np.repeat(np.arange(6), 20)
    asked = np.clip(2.5 + 0.3 * given @ rng.normal(size=(8, 12)), 0, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_val_score(SVRegressor(cost=1.0), given, asked, groups=person, cv=GroupKFold(3))
    assert scores.min() > 0.9
    own = SVRegressor().fit(given, asked)
    np.testing.assert_array_equal(own.predict(given), fit_svr(given, asked).predict(given))
    told = {"person": person, "time": np.arange(120)}
    found = cross_validate(OrdinalSVRegressor(), given, asked, groups=person, cv=GroupKFold(3), params=told)
    assert found["test_score"].min() > 0.9
