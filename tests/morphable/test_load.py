"""One call for every kind of model: what is recognised, what is kept, what is refused."""

import logging
import os
import pickle
import sys
import types
import zipfile
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.morphable import MorphableModel, load
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.formats import bfm, ict_files
from au_tf.morphable.formats.raw import RawFace
from au_tf.morphable.load import load_face_model

VERTICES = 9


def raw_face(name: str = "raw") -> RawFace:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    basis = draw(2, VERTICES, 3)
    return RawFace(name, draw(VERTICES, 3), basis, basis, np.array([[0, 1, 2]], np.int32))


def model(face: RawFace | None = None, source: object = None) -> MorphableModel:
    """A model out of what a file held, without carrying anything over from the built-in face."""
    face = face or raw_face()
    count, expressions = len(face.mean_shape), len(face.expression_basis)
    return MorphableModel(
        face.name,
        face.mean_shape,
        face.identity_basis,
        face.expression_basis,
        mean_albedo=np.full((count, 3), 0.5, np.float32),
        albedo_basis=np.zeros((0, count, 3), np.float32),
        triangles=face.triangles,
        landmarks=np.zeros(68, np.int32),
        uv=np.zeros((count, 2), np.float32),
        parts=np.zeros(count, np.uint8),
        mask=np.ones(count, np.float32),
        actions=np.zeros((len(ACTIONS), expressions), np.float32),
        styles=np.zeros((len(ACTIONS), 3, expressions), np.float32),
    )


def flame_arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    return {
        "v_template": rng.normal(0, 0.1, (VERTICES, 3)),
        "f": rng.integers(0, VERTICES, (4, 3)),
        "shapedirs": rng.normal(0, 0.01, (VERTICES, 3, 20)),
        "posedirs": np.zeros((VERTICES, 3, 36)),
        "J_regressor": np.full((5, VERTICES), 1 / VERTICES),
        "kintree_table": np.array([[-1, 0, 1, 1, 1], range(5)]),
        "weights": np.full((VERTICES, 5), 0.2),
    }


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, and faces taken as they are: the built-in one cannot be laid over nine vertices."""
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "au_tf.morphable.completion.complete", types.SimpleNamespace(complete=model))


@pytest.fixture
def flame(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(pickle.dumps(flame_arrays(), 2))
    return path


def same(one: MorphableModel, other: MorphableModel) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


def test_builtin_by_its_name() -> None:
    assert load_face_model("builtin") is builtin_face()


def test_a_saved_model_comes_back_and_is_not_kept_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AU_TF_CACHE", str(tmp_path / "cache"))
    model().save(tmp_path / "saved.pkl")
    assert same(load_face_model(tmp_path / "saved.pkl"), model())
    assert not (tmp_path / "cache").exists()


def write_mat(path: Path, names: tuple[str, ...]) -> Path:
    with open(path, "wb") as file:
        scipy.io.savemat(file, dict.fromkeys(names, np.zeros((2, 2))))
    return path


def write_hdf(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        for group in bfm.GROUPS:
            file[f"{group}/model/mean"] = np.zeros(6)
    return path


def write_npz(path: Path) -> Path:
    with open(path, "wb") as file:
        np.savez(file, **flame_arrays())
    return path


def write_pickle(path: Path, protocol: int) -> Path:
    path.write_bytes(pickle.dumps(flame_arrays(), protocol))
    return path


def write_ict(path: Path) -> Path:
    path.mkdir()
    (path / ict_files.NEUTRAL).write_text("v 0 0 0\n")
    return path


KINDS: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "BFM 2009": ("BFM 2009", lambda p: write_mat(p, bfm.VARIABLES_2009)),
    "the folder of BFM 2009": (
        "BFM 2009",
        lambda p: (p.mkdir(), write_mat(p / bfm.MODEL_2009, bfm.VARIABLES_2009), p)[2],
    ),
    "BFM front": ("BFM front", lambda p: write_mat(p, bfm.VARIABLES_FRONT)),
    "BFM 2017": ("BFM", write_hdf),
    "FLAME npz": ("FLAME", write_npz),
    **{f"FLAME pickle {k}": ("FLAME", lambda p, k=k: write_pickle(p, k)) for k in range(6)},
    "ICT-FaceKit": ("ICT-FaceKit", write_ict),
    "the folder round ICT-FaceKit": ("ICT-FaceKit", lambda p: (p.mkdir(), write_ict(p / "FaceXModel"), p)[2]),
    "saved": ("a model that au_tf saved", lambda p: (model().save(p), p)[1]),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("suffix", [".npz", ".txt"])
def test_each_kind_is_known_by_its_content_whatever_its_name(tmp_path: Path, kind: str, suffix: str) -> None:
    name, write = KINDS[kind]
    assert load.recognise(write(tmp_path / f"model{suffix}")).name == name


@pytest.mark.parametrize("jaw", [False, True])
@pytest.mark.usefixtures("bare")
def test_flame_is_read_once_and_then_kept(flame: Path, tmp_path: Path, jaw: bool, monkeypatch) -> None:
    first = load_face_model(flame, jaw=jaw)
    assert len(first.identity_basis) == 10 and len(first.expression_basis) == 10 + 3 * jaw
    monkeypatch.setattr("au_tf.morphable.formats.flame.read_flame", lambda *_: pytest.fail("read again"))
    assert same(load_face_model(str(flame), jaw=jaw), first)
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.usefixtures("bare")
def test_another_content_is_read_anew_and_takes_the_place_of_the_old(flame: Path, tmp_path: Path) -> None:
    first = load_face_model(flame)
    flame.write_bytes(pickle.dumps(flame_arrays() | {"v_template": np.ones((VERTICES, 3))}))
    os.utime(flame, ns=(0, 0))
    second = load_face_model(flame)
    np.testing.assert_array_equal(second.mean_shape, 1000.0)
    assert second.digest != first.digest
    assert len(list((tmp_path / "cache").iterdir())) == 1
    load_face_model(flame, jaw=True)
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.usefixtures("bare")
def test_a_damaged_cache_is_made_again_with_a_warning(flame: Path, tmp_path: Path, caplog) -> None:
    first = load_face_model(flame)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_bytes(kept.read_bytes()[:200])
    with caplog.at_level(logging.WARNING):
        assert same(load_face_model(flame), first)
    assert "damaged" in caplog.text
    caplog.clear()
    assert same(load_face_model(flame), first) and not caplog.text


@pytest.mark.usefixtures("bare")
def test_a_cache_that_cannot_be_written_only_warns(flame: Path, tmp_path: Path, caplog) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        assert len(load_face_model(flame).identity_basis) == 10
    assert "anew each time" in caplog.text


def hostile(path: Path) -> Path:
    path.write_bytes(b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.")
    return path


def write_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.npy", "")
        file.writestr("b", "")
    return path


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing": (lambda p: p, "found nothing, expected the folder of ICT-FaceKit"),
    "an empty file": (lambda p: (p.write_bytes(b""), p)[1], "found an empty file, expected"),
    "a text": (lambda p: (p.write_text("solid face\nendsolid"), p)[1], r"content that is unknown \(solid fa"),
    "bytes": (lambda p: (p.write_bytes(b"\x1b[31m\n\0\xff" * 40), p)[1], "content that is unknown"),
    "an empty folder": (lambda p: (p.mkdir(), p)[1], "a folder without one"),
    "a pipe": (lambda p: (os.mkfifo(p), p)[1], "something that is no file"),
    "an endless name": (lambda p: p.with_name("n" * 5000), "face model"),
    "a name with a zero": (lambda p: p.with_name("a\0b"), "face model"),
    "a zip of something else": (write_zip, "a zip file with a, b, expected"),
    "a zip without end": (lambda p: (p.write_bytes(b"PK\x03\x04" + bytes(40)), p)[1], "content that is unknown"),
    "an .h5 of something else": (lambda p: (h5py.File(p, "w").create_group("g").file.close(), p)[1], "file with g"),
    "a broken .h5": (lambda p: (p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99)), p)[1], "damaged file"),
    "a .mat of something else": (lambda p: write_mat(p, ("x", "y")), "a MATLAB file with x, y"),
    "a .mat of version 7.3": (lambda p: (p.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM"), p)[1], "7.3"),
    "a pickle that calls": (hostile, "a call of os.system"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_face_model_gets_one_line(tmp_path: Path, case: str) -> None:
    make, expected = REFUSED[case]
    with pytest.raises(InputError, match=expected) as error:
        load_face_model(make(tmp_path / "model"))
    assert "\n" not in str(error.value)


def test_only_flame_has_a_jaw(tmp_path: Path) -> None:
    model().save(tmp_path / "saved.npz")
    for path in ("builtin", tmp_path / "saved.npz", write_ict(tmp_path / "ict")):
        with pytest.raises(InputError, match=r"jaw: found .*, expected FLAME"):
            load_face_model(path, jaw=True)


def test_damaged_saved_models_are_read_or_refused(tmp_path: Path, fuzz: Callable) -> None:
    model().save(tmp_path / "saved.npz")
    assert fuzz(load_face_model, tmp_path / "saved.npz")["refused"] > 250


def test_damaged_arrays_of_a_whole_saved_model_are_read_or_refused(tmp_path: Path, fuzz: Callable) -> None:
    members = {f.name: tmp_path / f"{f.name}.npy" for f in fields(MorphableModel)}
    for name, member in members.items():
        np.save(member, np.asarray(getattr(model(), name)))

    def packed(path: Path) -> MorphableModel:
        with zipfile.ZipFile(path, "w") as file:
            for member in members.values():
                file.write(member, member.name)
        return load_face_model(path)

    fate = fuzz(packed, tmp_path / "saved.npz", *members.values())
    assert fate["read"] > 20 and fate["refused"] > 100, fate


def test_a_saved_model_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model().save(tmp_path / "saved.npz")
    monkeypatch.setattr("au_tf.morphable.formats.npz.LARGEST", 100)
    with pytest.raises(InputError, match="size unpacked"):
        load_face_model(tmp_path / "saved.npz")


def test_saving_and_loading_a_changed_model(tmp_path: Path) -> None:
    changed = replace(model(), name="mine")
    changed.save(tmp_path / "mine")
    assert load_face_model(tmp_path / "mine").name == "mine"
