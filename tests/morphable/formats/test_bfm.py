"""The readers of the Basel face models, on files of the real shape that hold a few vertices."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from au_tf.errors import InputError
from au_tf.morphable.formats.bfm import read_bfm2009, read_bfm_front, read_bfm_hdf

V, KEPT = 14, 11
"""Vertices of BFM 2009, and those of them that have expressions."""


def draw(rng: np.random.Generator, *shape: int, size: float = 1.0) -> np.ndarray:
    return (size * rng.normal(size=shape)).astype(np.float32)


def triangles_of(rng: np.random.Generator, vertices: int, count: int) -> np.ndarray:
    return np.stack([rng.permutation(vertices)[:3] for _ in range(count)])


def write_mat(path: Path, arrays: dict, compressed: bool = True) -> Path:
    savemat(path, arrays, do_compression=compressed)
    return path


def bfm2009(rng: np.random.Generator, components: int = 199) -> dict[str, np.ndarray]:
    """What 01_MorphableModel.mat holds."""
    return {
        "shapeMU": draw(rng, 3 * V, 1, size=6e4),
        "shapePC": np.linalg.qr(rng.normal(size=(3 * V, 3 * V)))[0][:, np.arange(components) % 42].astype(np.float32),
        "shapeEV": np.sort(rng.uniform(1e3, 8e4, (components, 1)))[::-1].astype(np.float32),
        "texMU": rng.uniform(0, 255, (3 * V, 1)).astype(np.float32),
        "texPC": draw(rng, 3 * V, components, size=0.1),
        "texEV": rng.uniform(1, 50, (components, 1)).astype(np.float32),
        "tl": 1.0 + triangles_of(rng, V, 20),
        "segbin": np.ones((V, 4), np.uint8),
        "segMM": np.eye(3),
    }


def write_expressions(folder: Path, rng: np.random.Generator, vertices: int, components: int = 79) -> tuple:
    """Exp_Pca.bin and std_exp.txt, and the raw numbers in them."""
    mean, rows = draw(rng, 3 * vertices, size=1e3), draw(rng, components, 3 * vertices, size=0.01)
    deviation = np.sort(rng.uniform(276, 453980, components))[::-1]
    (folder / "Exp_Pca.bin").write_bytes(np.int32(components).tobytes() + mean.tobytes() + rows.tobytes())
    (folder / "std_exp.txt").write_text(" ".join(f"{d:.4f}" for d in deviation) + "\n")
    return rows, deviation


def front(rng: np.random.Generator, vertices: int = 70, identities: int = 80, expressions: int = 64) -> dict:
    """What BFM_model_front.mat holds."""
    return {
        "meanshape": draw(rng, 1, 3 * vertices, size=0.7),
        "meantex": rng.uniform(0, 255, (1, 3 * vertices)),
        "idBase": draw(rng, 3 * vertices, identities, size=0.02),
        "exBase": draw(rng, 3 * vertices, expressions, size=0.02),
        "texBase": draw(rng, 3 * vertices, identities, size=3.0),
        "tri": 1 + triangles_of(rng, vertices, 50).astype(np.int32),
        "point_buf": np.full((vertices, 8), 51, np.int32),
        "tri_mask2": np.ones((5, 3), np.int32),
        "keypoints": 1 + rng.permutation(vertices)[None, :68],
        "frontmask2_idx": np.ones((9, 1), np.int32),
        "skinmask": np.ones((1, vertices), np.uint8),
    }


def hdf(rng: np.random.Generator, vertices: int = 9, white: float = 1.0, **sizes: int) -> dict[str, np.ndarray]:
    """What model2017-1_face12_nomouth.h5 holds."""
    sizes = {"shape": 199, "color": 199, "expression": 100} | sizes
    spread = {"shape": 60.0, "color": 0.2 * white, "expression": 1.0}
    held = {"shape/representer/cells": triangles_of(rng, vertices, 12).T.astype(np.int32)}
    for group, count in sizes.items():
        held[f"{group}/model/mean"] = draw(rng, 3 * vertices, size=spread[group])
        held[f"{group}/model/pcaBasis"] = draw(rng, 3 * vertices, count, size=0.1)
        held[f"{group}/model/pcaVariance"] = rng.uniform(0.01, 9, count).astype(np.float32) * white**2
        held[f"{group}/model/noiseVariance"] = np.float32(0)
    held["color/model/mean"] = rng.uniform(0, white, 3 * vertices).astype(np.float32)
    held["shape/representer/points"] = draw(rng, 3, vertices)
    return held


def write_hdf(path: Path, arrays: dict) -> Path:
    with h5py.File(path, "w", libver="earliest") as file:
        for name, array in arrays.items():
            file[name] = array
        file["version/majorVersion"] = 0
        file["metadata/landmarks/text"] = "center.nose.tip"
    return path


def linear(encoded: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1, written apart from the code under test."""
    return np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in encoded.ravel()]).reshape(
        encoded.shape
    )


def albedo_by_hand(mean: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Linear colour of a small step from the mean, by a central difference of the transfer function."""
    step = 1e-4
    slope = (linear(mean + step * offset) - linear(mean - step * offset)) / (2 * step)
    return linear(mean) + slope


def spread_by_face(basis: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    return np.einsum("k,kvc->vc", coefficients, basis.astype(np.float64))


@pytest.mark.parametrize("compressed", [True, False])
def test_bfm2009_is_mean_plus_deviations_times_components(tmp_path, compressed: bool) -> None:
    rng = np.random.default_rng(1)
    held = bfm2009(rng)
    write_mat(tmp_path / "01_MorphableModel.mat", held, compressed)
    rows, deviation = write_expressions(tmp_path, rng, V)
    face = read_bfm2009(tmp_path)
    x, y, b = rng.normal(size=100), rng.normal(size=79), 0.2 * rng.normal(size=100)
    by_hand = held["shapeMU"][:, 0].astype(np.float64)
    by_hand += held["shapePC"][:, :100].astype(np.float64) @ (held["shapeEV"][:100, 0] * x)
    by_hand += rows.T.astype(np.float64) @ (deviation * y)
    shape = face.mean_shape + spread_by_face(face.identity_basis, x) + spread_by_face(face.expression_basis, y)
    np.testing.assert_allclose(shape, by_hand.reshape(V, 3) / 1000, rtol=1e-4, atol=1e-3)
    offset = held["texPC"][:, :100].astype(np.float64) @ (held["texEV"][:100, 0] * b) / 255
    colour = albedo_by_hand(held["texMU"][:, 0].astype(np.float64) / 255, offset)
    np.testing.assert_allclose(
        face.mean_albedo + spread_by_face(face.albedo_basis, b), colour.reshape(V, 3), rtol=1e-3, atol=1e-4
    )
    np.testing.assert_array_equal(face.triangles, held["tl"] - 1)
    assert len(face.identity_basis) == len(face.albedo_basis) == 100 and face.landmarks is None


def test_the_first_deviation_of_bfm2009_moves_the_face_by_as_many_millimetres(tmp_path) -> None:
    rng = np.random.default_rng(2)
    held = bfm2009(rng)
    write_expressions(tmp_path, rng, V)
    # The columns are orthonormal, so a component's length in mm is its deviation in micrometres over 1000.
    face = read_bfm2009(write_mat(tmp_path / "any name.mat", held))
    lengths = np.linalg.norm(face.identity_basis.reshape(100, -1), axis=1)
    np.testing.assert_allclose(lengths, held["shapeEV"][:100, 0] / 1000, rtol=1e-5)


def test_bfm2009_is_trimmed_to_the_vertices_that_have_expressions(tmp_path) -> None:
    rng = np.random.default_rng(3)
    held = bfm2009(rng)
    write_mat(tmp_path / "01_MorphableModel.mat", held)
    rows, deviation = write_expressions(tmp_path, rng, KEPT)
    kept = np.sort(rng.permutation(V)[:KEPT])
    write_mat(tmp_path / "BFM_exp_idx.mat", {"trimIndex": (kept + 1).astype(np.uint16)[:, None]})
    face = read_bfm2009(tmp_path / "01_MorphableModel.mat")
    points = held["shapeMU"].reshape(V, 3) / 1000
    np.testing.assert_allclose(face.mean_shape, points[kept], rtol=1e-5)
    np.testing.assert_allclose(
        face.expression_basis[5], (rows[5] * deviation[5] / 1000).reshape(KEPT, 3), rtol=1e-4, atol=1e-5
    )
    whole = [t for t in held["tl"].astype(int) - 1 if set(t) <= set(kept)]
    assert 0 < len(whole) < len(held["tl"])
    # Triangles join the same points of space as before.
    np.testing.assert_allclose(face.mean_shape[face.triangles], points[whole], rtol=1e-5)
    assert face.identity_basis.shape == (100, KEPT, 3) and face.mean_albedo.shape == (KEPT, 3)


@pytest.mark.parametrize("name", ["01_MorphableModel.mat", "Exp_Pca.bin", "std_exp.txt", "BFM_exp_idx.mat"])
def test_a_missing_file_of_bfm2009_is_named(tmp_path, name: str) -> None:
    rng = np.random.default_rng(4)
    write_mat(tmp_path / "01_MorphableModel.mat", bfm2009(rng, 5))
    write_expressions(tmp_path, rng, KEPT, 4)
    write_mat(tmp_path / "BFM_exp_idx.mat", {"trimIndex": np.arange(1, KEPT + 1)})
    assert read_bfm2009(tmp_path).mean_shape.shape == (KEPT, 3)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=f"{name}: file: found nothing"):
        read_bfm2009(tmp_path)


@pytest.mark.parametrize("compressed", [True, False])
def test_bfm_front_is_decimetres_with_landmarks(tmp_path, compressed: bool) -> None:
    rng = np.random.default_rng(5)
    held = front(rng)
    face = read_bfm_front(write_mat(tmp_path / "BFM_model_front.mat", held, compressed))
    x, y, b = rng.normal(size=80), rng.normal(size=64), 0.3 * rng.normal(size=80)
    by_hand = held["meanshape"][0] + held["idBase"].astype(np.float64) @ x + held["exBase"].astype(np.float64) @ y
    shape = face.mean_shape + spread_by_face(face.identity_basis, x) + spread_by_face(face.expression_basis, y)
    np.testing.assert_allclose(shape, 100 * by_hand.reshape(-1, 3), rtol=1e-4, atol=1e-3)
    colour = albedo_by_hand(held["meantex"][0] / 255, held["texBase"].astype(np.float64) @ b / 255)
    np.testing.assert_allclose(
        face.mean_albedo + spread_by_face(face.albedo_basis, b), colour.reshape(-1, 3), rtol=1e-3, atol=1e-4
    )
    np.testing.assert_array_equal(face.landmarks, held["keypoints"][0] - 1)
    np.testing.assert_array_equal(face.triangles, held["tri"] - 1)


@pytest.mark.parametrize(("white", "rows"), [(1.0, False), (255.0, True)])
def test_bfm_hdf_takes_the_root_of_its_variances(tmp_path, white: float, rows: bool) -> None:
    rng = np.random.default_rng(6)
    held = hdf(rng, white=white)
    cells = held["shape/representer/cells"]
    stored = held | {"shape/representer/cells": cells.T} if rows else held
    face = read_bfm_hdf(write_hdf(tmp_path / "model2019_face12.h5", stored))
    x, y, b = rng.normal(size=199), rng.normal(size=100), 0.01 * rng.normal(size=199)

    def part(group: str, coefficients: np.ndarray) -> np.ndarray:
        basis, variance = held[f"{group}/model/pcaBasis"], held[f"{group}/model/pcaVariance"]
        return basis.astype(np.float64) @ (np.sqrt(variance.astype(np.float64)) * coefficients)

    by_hand = held["shape/model/mean"] + part("shape", x) + part("expression", y)
    shape = face.mean_shape + spread_by_face(face.identity_basis, x) + spread_by_face(face.expression_basis, y)
    np.testing.assert_allclose(shape, by_hand.reshape(-1, 3), rtol=1e-4, atol=1e-3)
    colour = albedo_by_hand(held["color/model/mean"].astype(np.float64) / white, part("color", b) / white)
    np.testing.assert_allclose(
        face.mean_albedo + spread_by_face(face.albedo_basis, b), colour.reshape(-1, 3), rtol=1e-3, atol=1e-4
    )
    np.testing.assert_array_equal(face.triangles, cells.T)
    assert face.name == "model2019_face12"


def with_bad(array: np.ndarray, value: float) -> np.ndarray:
    bad = np.array(array, dtype=np.float64)
    bad[-1, -1] = value
    return bad


CELLS = np.array([[np.eye(2), "text"]], dtype=object)
BAD_MAT = {
    "a NaN in the mean": ("meanshape", lambda a: with_bad(a, np.nan), "not finite"),
    "an infinity in a basis": ("exBase", lambda a: with_bad(a, np.inf), "not finite"),
    "a number past float32": ("idBase", lambda a: with_bad(a, 1e200), "not finite"),
    "a number past reason": ("idBase", lambda a: with_bad(a, 1e20), "at most 100000 mm"),
    "an index past the end": ("tri", lambda a: with_bad(a, 71), "from 1 to 70"),
    "an index before the first": ("keypoints", lambda a: with_bad(a, 0), "from 1 to 70"),
    "half an index": ("tri", lambda a: with_bad(a, 1.5), "whole numbers"),
    "too few landmarks": ("keypoints", lambda a: a[:, :67], "68"),
    "squares for triangles": ("tri", lambda a: np.c_[a, a[:, 0]], "three indices"),
    "no triangles": ("tri", lambda a: a[:0], "three indices"),
    "a basis of other vertices": ("exBase", lambda a: a[:-3], "for 70 vertices"),
    "an empty basis": ("idBase", lambda a: a[:, :0], "for 70 vertices"),
    "colours of other vertices": ("meantex", lambda a: a[:, :-3], "210 for 70 vertices"),
    "half a vertex": ("meanshape", lambda a: a[:, :-1], "three for each vertex"),
    "a mean that is a table": ("meanshape", lambda a: a.reshape(-1, 3), "a row or a column"),
    "a cell array": ("idBase", lambda a: CELLS, "a cell array or objects"),
    "a struct": ("exBase", lambda a: {"a": 1}, "a struct"),
    "text": ("meantex", lambda a: "skin", "text"),
    "complex numbers": ("texBase", lambda a: a * 1j, "complex"),
    "nothing": ("texBase", lambda a: None, "found nothing, expected an array of numbers"),
}


@pytest.mark.parametrize("what", BAD_MAT)
def test_a_mat_that_no_face_can_be_made_of(tmp_path, what: str) -> None:
    name, spoil, said = BAD_MAT[what]
    held = front(np.random.default_rng(7), identities=3, expressions=2)
    spoilt = {key: value for key, value in (held | {name: spoil(held[name])}).items() if value is not None}
    path = write_mat(tmp_path / "BFM_model_front.mat", spoilt)
    with pytest.raises(InputError, match=said) as error:
        read_bfm_front(path)
    # The field is the file's own, or what it has become where only the result is wrong.
    assert error.value.field in (name, "identity_basis") and error.value.source == str(path)


BAD_2009 = {
    "a negative deviation": ({"shapeEV": -np.ones((5, 1))}, "shapeEV: found -1"),
    "fewer deviations than components": ({"texEV": np.ones((4, 1))}, r"texPC: found the shape \[42, 5\]"),
    "one deviation for all": ({"shapeEV": np.ones((1, 1))}, "shapePC"),
    "indices from 0": ({"tl": np.zeros((4, 3))}, "tl: found 0 to 0"),
}


@pytest.mark.parametrize("what", BAD_2009)
def test_a_bfm2009_whose_parts_do_not_fit(tmp_path, what: str) -> None:
    rng = np.random.default_rng(8)
    spoilt, said = BAD_2009[what]
    write_mat(tmp_path / "01_MorphableModel.mat", bfm2009(rng, 5) | spoilt)
    write_expressions(tmp_path, rng, V, 4)
    with pytest.raises(InputError, match=said):
        read_bfm2009(tmp_path)


BAD_EXPRESSIONS = {
    "cut": (lambda data: data[:-8], None, None, "Exp_Pca.bin: size"),
    "longer": (lambda data: data + b"\0", None, None, "Exp_Pca.bin: size"),
    "empty": (lambda data: b"", None, None, "Exp_Pca.bin: size"),
    "another count": (lambda data: b"\5" + data[1:], None, None, "Exp_Pca.bin: components: found 5, expected 4"),
    "no number": (None, "1 2 three 4", None, "std_exp.txt: file"),
    "no text": (None, "", None, "std_exp.txt: numbers"),
    "a NaN": (None, "1 2 nan 4", None, "std_exp.txt: numbers: found a number that is not finite"),
    "below zero": (None, "1 2 -3 4", None, "std_exp.txt: numbers: found -3"),
    "too few": (None, "1 2 3", None, "Exp_Pca.bin: size"),
    "a whole book": (None, "1 " * 40000, None, "std_exp.txt: size"),
    "fewer kept": (None, None, np.arange(1, KEPT), "trimIndex: found 10 vertices, expected 11"),
    "one twice": (None, None, np.r_[1, 1:KEPT], "trimIndex: found a vertex twice"),
    "past the end": (None, None, np.r_[1:KEPT, V + 1], "trimIndex: found 1 to 15"),
}


@pytest.mark.parametrize("what", BAD_EXPRESSIONS)
def test_expressions_that_do_not_fit_bfm2009(tmp_path, what: str) -> None:
    rng = np.random.default_rng(9)
    spoil, text, kept, said = BAD_EXPRESSIONS[what]
    write_mat(tmp_path / "01_MorphableModel.mat", bfm2009(rng, 5))
    write_expressions(tmp_path, rng, KEPT, 4)
    write_mat(tmp_path / "BFM_exp_idx.mat", {"trimIndex": np.arange(1, KEPT + 1) if kept is None else kept})
    if spoil:
        (tmp_path / "Exp_Pca.bin").write_bytes(spoil((tmp_path / "Exp_Pca.bin").read_bytes()))
    if text is not None:
        (tmp_path / "std_exp.txt").write_text(text)
    with pytest.raises(InputError, match=said) as error:
        read_bfm2009(tmp_path)
    assert "\n" not in str(error.value)


BAD_HDF = {
    "a negative variance": ("shape/model/pcaVariance", lambda a: -a, "numbers from 0 up"),
    "a NaN": ("color/model/mean", lambda a: a * np.nan, "not finite"),
    "indices past the end": ("shape/representer/cells", lambda a: a + 9, "from 0 to 8"),
    "no triangles": ("shape/representer/cells", lambda a: a[0], "three indices"),
    "a single index": ("shape/representer/cells", lambda a: a[0, 0], "three indices"),
    "a basis of other vertices": ("expression/model/pcaBasis", lambda a: a[:-3], "for 9 vertices"),
    "text": ("shape/model/mean", lambda a: "mean", "an array of"),
    "a group": ("color/model/mean", lambda a: None, "a group"),
    "a soft link": ("color/model/mean", lambda a: h5py.SoftLink("/shape/model/mean"), "a link"),
    "another file": ("color/model/mean", lambda a: h5py.ExternalLink("/etc/hostname", "mean"), "a link"),
    "complex numbers": ("color/model/pcaBasis", lambda a: a * 1j, "complex"),
}


@pytest.mark.parametrize("what", BAD_HDF)
def test_an_hdf_that_no_face_can_be_made_of(tmp_path, what: str) -> None:
    name, spoil, said = BAD_HDF[what]
    held = hdf(np.random.default_rng(10), shape=3, color=3, expression=2)
    spoilt = spoil(held[name])
    held = held | {name: spoilt} if spoilt is not None else {k: v for k, v in held.items() if k != name}
    path = write_hdf(tmp_path / "model.h5", held)
    if spoilt is None:
        with h5py.File(path, "a") as file:
            file.create_group(name)
    with pytest.raises(InputError, match=said) as error:
        read_bfm_hdf(path)
    assert error.value.field == name and error.value.source == str(path)


def test_raw_data_outside_an_hdf_is_not_read(tmp_path) -> None:
    held = hdf(np.random.default_rng(11), shape=3, color=3, expression=2)
    mean = held.pop("color/model/mean")
    (tmp_path / "elsewhere").write_bytes(mean.tobytes())
    path = write_hdf(tmp_path / "model.h5", held)
    with h5py.File(path, "a") as file:
        external = [(str(tmp_path / "elsewhere"), 0, mean.nbytes)]
        file.create_dataset("color/model/mean", mean.shape, mean.dtype, external=external)
    with pytest.raises(InputError, match="data of another file"):
        read_bfm_hdf(path)


@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_copies_of_bfm2009(tmp_path, fuzz: Callable, compressed: bool) -> None:
    rng = np.random.default_rng(12)
    path = write_mat(tmp_path / "01_MorphableModel.mat", bfm2009(rng, 2), compressed)
    write_expressions(tmp_path, rng, V, 2)
    fate = fuzz(read_bfm2009, path)
    assert fate["refused"] > 150


def test_damaged_copies_of_the_expressions(tmp_path, fuzz: Callable) -> None:
    rng = np.random.default_rng(13)
    path = write_mat(tmp_path / "01_MorphableModel.mat", bfm2009(rng, 2))
    write_expressions(tmp_path, rng, KEPT, 3)
    index = write_mat(tmp_path / "BFM_exp_idx.mat", {"trimIndex": np.arange(1, KEPT + 1)}, False)
    fate = fuzz(read_bfm2009, path, tmp_path / "Exp_Pca.bin", tmp_path / "std_exp.txt", index, times=400)
    assert fate["refused"] > 150 and fate["read"] > 20


@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_copies_of_bfm_front(tmp_path, fuzz: Callable, compressed: bool) -> None:
    held = front(np.random.default_rng(14), identities=1, expressions=1)
    path = write_mat(tmp_path / "BFM_model_front.mat", held, compressed)
    assert fuzz(read_bfm_front, path)["refused"] > 150


def test_damaged_copies_of_bfm_hdf(tmp_path, fuzz: Callable) -> None:
    held = hdf(np.random.default_rng(15), shape=2, color=2, expression=2)
    path = write_hdf(tmp_path / "model.h5", held)
    assert fuzz(read_bfm_hdf, path)["refused"] > 60
