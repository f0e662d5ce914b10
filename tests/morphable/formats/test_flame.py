"""FLAME: files of the real layout written by hand as Python 2 wrote them, an oracle for the jaw, hostile pickles."""

import functools
import os
import pickle
import struct
import subprocess
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from scipy.spatial.transform import Rotation

from au_tf.errors import InputError
from au_tf.morphable.formats import flame, npz
from au_tf.morphable.formats.flame import JAW_DEVIATIONS, read_flame
from au_tf.morphable.formats.flame_pickle import load_pickle
from au_tf.morphable.formats.raw import RawFace

VERTICES = 11
PARENTS = np.array([4294967295, 0, 1, 1, 1], np.uint32)


def flame_arrays(components: int = 400) -> dict[str, np.ndarray]:
    """All arrays of FLAME for a few vertices, in its types; metres."""
    rng = np.random.default_rng(0)
    weights = rng.random((VERTICES, 5))
    regressor = rng.random((5, VERTICES)) * (rng.random((5, VERTICES)) < 0.4)
    return {
        "v_template": rng.normal(0, 0.1, (VERTICES, 3)),
        "f": rng.integers(0, VERTICES, (9, 3)).astype(np.uint32),
        "shapedirs": rng.normal(0, 0.002, (VERTICES, 3, components)),
        "posedirs": rng.normal(0, 0.002, (VERTICES, 3, 36)),
        "J_regressor": regressor,
        "kintree_table": np.stack([PARENTS, np.arange(5, dtype=np.uint32)]),
        "weights": weights / weights.sum(1, keepdims=True),
        "J": rng.normal(0, 0.1, (5, 3)),
    }


class Python2:
    """Writes the opcodes that Python 2's cPickle writes in protocol 2 for dictionaries of numpy's arrays."""

    @staticmethod
    def text(value: str | bytes) -> bytes:
        raw = value if isinstance(value, bytes) else value.encode()
        return b"U" + bytes([len(raw)]) + raw if len(raw) < 256 else b"T" + struct.pack("<i", len(raw)) + raw

    @staticmethod
    def number(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    @classmethod
    def array(cls, array: np.ndarray) -> bytes:
        code = array.dtype.str.lstrip("<>=|")
        kind = (
            b"cnumpy\ndtype\n"
            + cls.text(code)
            + b"K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        )
        columns = not array.flags.c_contiguous and array.flags.f_contiguous
        shape = b"(" + b"".join(cls.number(n) for n in array.shape) + b"t"
        content = cls.text(array.tobytes("F" if columns else "C"))
        empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        return empty + b"(K\x01" + shape + kind + (b"\x88" if columns else b"\x89") + content + b"tb"

    @classmethod
    def instance(cls, name: bytes, state: dict[str, bytes]) -> bytes:
        return b"ccopy_reg\n_reconstructor\n(c" + name + b"\nc__builtin__\nobject\nNtR" + cls.mapping(state) + b"b"

    @classmethod
    def chumpy(cls, array: np.ndarray) -> bytes:
        dirty = b"c__builtin__\nset\n(]" + cls.text("x") + b"atR"
        state = {"x": cls.array(array), "_dirty_vars": dirty, "_itr": b"N", "_depends_on_deps": b"}"}
        return cls.instance(b"chumpy.ch\nCh", state)

    @classmethod
    def sparse(cls, array: np.ndarray) -> bytes:
        matrix = scipy.sparse.csc_matrix(array)
        shape = cls.number(array.shape[0]) + cls.number(array.shape[1]) + b"\x86"
        parts = {name: cls.array(getattr(matrix, name)) for name in ("data", "indices", "indptr")}
        return cls.instance(b"scipy.sparse.csc\ncsc_matrix", parts | {"_shape": shape, "maxprint": b"K2"})

    @classmethod
    def mapping(cls, items: dict[str, bytes]) -> bytes:
        return b"}(" + b"".join(cls.text(name) + value for name, value in items.items()) + b"u"


def write_pickle(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    """FLAME's pickle: v_template and shapedirs wrapped by chumpy, J_regressor sparse, and two strings."""
    items = {name: Python2.array(array) for name, array in arrays.items()}
    for name in ("v_template", "shapedirs"):
        items[name] = Python2.chumpy(np.asfortranarray(arrays[name]))
    items |= {"J_regressor": Python2.sparse(arrays["J_regressor"]), "bs_style": Python2.text("lbs")}
    path.write_bytes(b"\x80\x02" + Python2.mapping(items) + b".")
    return path


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    return flame_arrays()


@pytest.fixture(params=["pickle by Python 2", "pickle by Python 3", "npz"])
def path(request: pytest.FixtureRequest, arrays: dict[str, np.ndarray], tmp_path: Path) -> Path:
    """The same FLAME in each kind of file, under a name that tells nothing."""
    path = tmp_path / "model"
    if request.param == "npz":
        with open(path, "wb") as file:
            np.savez_compressed(file, **arrays)
    elif request.param.endswith("3"):
        path.write_bytes(pickle.dumps(arrays | {"J_regressor": scipy.sparse.csc_matrix(arrays["J_regressor"])}))
    else:
        write_pickle(path, arrays)
    return path


def test_python_itself_reads_the_hand_written_arrays(arrays: dict[str, np.ndarray]) -> None:
    plain = b"\x80\x02" + Python2.mapping({name: Python2.array(array) for name, array in arrays.items()}) + b"."
    for name, array in pickle.loads(plain, encoding="latin1").items():
        np.testing.assert_array_equal(array, arrays[name])


def test_mean_plus_basis_times_coefficients_in_millimetres(path: Path, arrays: dict[str, np.ndarray]) -> None:
    face = read_flame(path)
    face.check(path)
    assert len(face.identity_basis) == 300 and len(face.expression_basis) == 100
    betas = np.random.default_rng(1).normal(size=400)
    own = face.mean_shape + np.tensordot(betas[:300], face.identity_basis, 1)
    own += np.tensordot(betas[300:], face.expression_basis, 1)
    metres = arrays["v_template"] + arrays["shapedirs"] @ betas
    np.testing.assert_allclose(own, 1000.0 * metres, atol=1e-3)
    np.testing.assert_array_equal(face.triangles, arrays["f"])


def test_the_reduced_file_is_ten_and_ten(tmp_path: Path) -> None:
    arrays = flame_arrays(20)
    face = read_flame(write_pickle(tmp_path / "reduced.pkl", arrays))
    np.testing.assert_allclose(face.identity_basis[9], 1000 * arrays["shapedirs"][..., 9], rtol=1e-6)
    np.testing.assert_allclose(
        face.expression_basis, 1000 * np.moveaxis(arrays["shapedirs"][..., 10:], 2, 0), rtol=1e-6
    )


def skinned(arrays: dict[str, np.ndarray], jaw: np.ndarray) -> np.ndarray:
    """Linear blend skinning as SMPL defines it, all five joints chained, of the template with one joint turned."""
    turns = np.tile(np.eye(3), (5, 1, 1))
    turns[2] = Rotation.from_rotvec(jaw).as_matrix()
    posed = arrays["v_template"] + arrays["posedirs"] @ (turns[1:] - np.eye(3)).reshape(-1)
    joints = arrays["J_regressor"] @ arrays["v_template"]
    chained = []
    for joint, parent in enumerate(PARENTS):
        local = np.eye(4)
        local[:3, :3] = turns[joint]
        local[:3, 3] = joints[joint] - (joints[parent] if joint else 0.0)
        chained.append(chained[parent] @ local if joint else local)
    moved = np.zeros_like(posed)
    for joint, world in enumerate(chained):
        moved += arrays["weights"][:, joint, None] * ((posed - joints[joint]) @ world[:3, :3].T + world[:3, 3])
    return moved


def test_a_selection_of_an_array_is_made(tmp_path: Path) -> None:
    whole = np.arange(40.0).reshape(4, 10)
    index = np.random.default_rng(2).permutation(40)[:6]
    state = {"a": Python2.chumpy(whole), "idxs": Python2.array(index), "preferred_shape": b"K\x02K\x03\x86"}
    path = tmp_path / "select.pkl"
    path.write_bytes(b"\x80\x02" + Python2.mapping({"s": Python2.instance(b"chumpy.reordering\nSelect", state)}) + b".")
    np.testing.assert_array_equal(load_pickle(path)["s"], whole.ravel()[index].reshape(2, 3))


@pytest.mark.parametrize("eyes_hang_on_the_jaw", [False, True])
def test_the_jaw_is_the_derivative_of_skinning(
    arrays: dict[str, np.ndarray], tmp_path: Path, eyes_hang_on_the_jaw: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if eyes_hang_on_the_jaw:
        parents = PARENTS.copy()
        parents[3:] = 2
        monkeypatch.setattr(sys.modules[__name__], "PARENTS", parents)
        arrays["kintree_table"][0] = parents
    face = read_flame(write_pickle(tmp_path / "flame.pkl", arrays), jaw=True)
    plain = read_flame(tmp_path / "flame.pkl")
    np.testing.assert_array_equal(face.expression_basis[:100], plain.expression_basis)
    step = 1e-4
    for axis, deviation in enumerate(JAW_DEVIATIONS):
        turn = step * np.eye(3)[axis]
        slope = (skinned(arrays, turn) - skinned(arrays, -turn)) / (2 * step)
        np.testing.assert_allclose(face.expression_basis[100 + axis], 1000 * deviation * slope, atol=1e-2)


def test_the_first_component_of_the_jaw_opens_it() -> None:
    # A chin 80 mm below and 60 mm before its joint goes down and back.
    mean = np.array([[0.0, -0.08, 0.06], [0.0, 0.0, 0.0]])
    regressor = np.tile([0.0, 1.0], (5, 1))
    weights = np.tile([0.0, 0.0, 1.0, 0.0, 0.0], (2, 1))
    opened = flame.jaw_basis(mean, regressor, weights, np.zeros((2, 3, 36)), np.array([-1, 0, 1, 1, 1]))[0]
    np.testing.assert_allclose(opened[0], [0.0, -0.06, -0.08])


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("v_template", np.zeros((4, 2)), "v_template"),
        ("v_template", np.full((VERTICES, 3), np.nan), "v_template"),
        ("shapedirs", np.zeros((VERTICES, 3, 123)), "shapedirs"),
        ("shapedirs", np.zeros((VERTICES + 1, 3, 400)), "shapedirs"),
        ("shapedirs", np.full((VERTICES, 3, 400), 1e38), "basis"),
        ("f", np.full((2, 3), VERTICES, np.uint32), "f"),
        ("f", np.zeros((0, 3), np.uint32), "f"),
        ("weights", np.zeros((VERTICES, 4)), "weights"),
        ("J_regressor", np.zeros((4, VERTICES)), "J_regressor"),
        ("posedirs", np.zeros((VERTICES, 3, 9)), "posedirs"),
        ("kintree_table", np.full((2, 5), 4), "kintree_table"),
        ("weights", None, "weights"),
        ("f", None, "f"),
    ],
)
@pytest.mark.parametrize("kind", ["pkl", "npz"])
def test_what_does_not_fit_is_told_with_file_and_field(
    arrays: dict[str, np.ndarray], tmp_path: Path, kind: str, name: str, value: np.ndarray | None, field: str
) -> None:
    changed = {key: array for key, array in (arrays | {name: value}).items() if array is not None}
    path = tmp_path / f"model.{kind}"
    path.write_bytes(pickle.dumps(changed, 2))
    if kind == "npz":
        np.savez(path, **changed)
    with pytest.raises(InputError, match=field) as error:
        read_flame(path, jaw=True)
    assert "model." in str(error.value) and str(error.value).isprintable()


def test_an_npz_with_objects_is_not_unpickled(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    objects = np.array([Calls(os.system, f"touch {canary}")], object)
    np.savez(tmp_path / "model.npz", **(arrays | {"f": objects}))
    with pytest.raises(InputError):
        read_flame(tmp_path / "model.npz")
    assert not canary.exists()


class Calls:
    """Pickles as a call."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple:
        return self.call


def attacks(canary: Path) -> dict[str, object]:
    """Objects that make the canary when they are unpickled, one way or another."""
    shell, code = f"touch {canary}", f"open({str(canary)!r}, 'w')"
    return {
        "os.system": Calls(os.system, shell),
        "eval": Calls(eval, code),
        "exec": Calls(exec, code),
        "open": Calls(open, str(canary), "w"),
        "subprocess": Calls(subprocess.run, ["touch", str(canary)]),
        "import": Calls(__import__, "os"),
        "partial": Calls(functools.partial, os.system, shell),
        "numpy.save": Calls(np.save, str(canary), 1),
        "numpy.memmap": Calls(np.memmap, str(canary), "u1", "w+", 0, (4,)),
        "a method by getattr": Calls(np.ndarray.tofile, np.zeros(3), str(canary)),
        "scipy.sparse.save_npz": Calls(scipy.sparse.save_npz, str(canary), np.eye(2)),
        "Path.touch": Calls(Path.touch, canary),
        "a class": types.SimpleNamespace(a=1),
    }


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("attack", attacks(Path("canary")))
def test_nothing_that_a_pickle_names_is_run(
    arrays: dict[str, np.ndarray], tmp_path: Path, attack: str, protocol: int
) -> None:
    canary, path = tmp_path / "canary", tmp_path / "flame.pkl"
    hostile = attacks(canary)[attack]
    for content in (hostile, arrays | {"f": [hostile]}, {"first": (1, {"deep": [hostile]})} | arrays):
        path.write_bytes(pickle.dumps(content, protocol))
        with pytest.raises(InputError, match="a call of ") as error:
            load_pickle(path)
        assert str(error.value).isprintable() and "flame.pkl" in str(error.value)
    assert not canary.exists()


def opcodes(canary: Path) -> dict[str, bytes]:
    """Programs that no pickler writes."""
    shell = f"touch {canary}".encode()
    text = b"X" + struct.pack("<I", len(shell)) + shell
    reference = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    object_type = b"cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R"
    return {
        "GLOBAL": b"cos\nsystem\n(S'" + shell + b"'\ntR.",
        "INST": b"(S'" + shell + b"'\nios\nsystem\n.",
        "OBJ": b"(cos\nsystem\n" + text + b"o.",
        "NEWOBJ": b"\x80\x02csubprocess\nPopen\n" + text + b"\x85\x81.",
        "NEWOBJ_EX": b"\x80\x04csubprocess\nPopen\n)}\x92.",
        "STACK_GLOBAL": b"\x80\x04\x8c\x05posix\x8c\x06system\x93" + text + b"\x85R.",
        "a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x0endarray.tofile\x93.",
        "a name that is no name": b"c\nos.system\n.",
        "a name with an escape": b"c\x1b[31mos\nsystem\n.",
        "EXT1": b"\x80\x02\x82\x01.",
        "a persistent id": b"\x80\x02U\x01aQ.",
        "a persistent id in text": b"Pabc\n.",
        "attributes of a class": b"\x80\x02c__builtin__\nobject\nN}U\x08__init__c_codecs\nencode\ns\x86b.",
        "attributes of a function": b"\x80\x02c_codecs\nencode\n}U\x08__code__Nsb.",
        "an array as a function": b"\x80\x02" + Python2.array(np.zeros(2)) + b")R.",
        "an array of objects": b"\x80\x02}U\x01f" + reference + b"(K\x01K\x01\x85" + object_type + b"\x89]Natbs.",
        "a scalar object": b"\x80\x02}U\x01fcnumpy.core.multiarray\nscalar\n" + object_type + b"U\x01N\x86Rs.",
        "itself": b"\x80\x02}q\x00U\x01fh\x00s.",
        "chumpy round itself": b"\x80\x02}U\x01fcchumpy.ch\nCh\n)\x81q\x01}U\x01xh\x01sbs.",
        "a list": b"\x80\x02].",
        "nothing": b"",
        "no end": b"\x80\x02}",
        "a far memo": b"\x80\x02}r\xff\xff\xff\xff.",
        "a long string": b"\x80\x02T\xff\xff\xff\x7fabc.",
        "a great frame": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\x7f}.",
    }


@pytest.mark.parametrize("program", opcodes(Path("canary")))
def test_programs_that_no_pickler_writes(tmp_path: Path, program: str) -> None:
    canary, path = tmp_path / "canary", tmp_path / "flame.pkl"
    path.write_bytes(opcodes(canary)[program])
    with pytest.raises(InputError) as error:
        read_flame(path)
    assert str(error.value).isprintable() and "flame.pkl" in str(error.value)
    assert not canary.exists()


def test_damaged_pickles_are_read_or_refused(arrays: dict[str, np.ndarray], tmp_path: Path, fuzz: Callable) -> None:
    fate = fuzz(functools.partial(read_flame, jaw=True), write_pickle(tmp_path / "flame.pkl", arrays))
    assert fate["read"] > 20 and fate["refused"] > 100, fate


def test_damaged_npz_are_read_or_refused(arrays: dict[str, np.ndarray], tmp_path: Path, fuzz: Callable) -> None:
    path = tmp_path / "flame.npz"
    np.savez(path, **arrays)
    # Checksums tell nearly every time.
    assert fuzz(functools.partial(read_flame, jaw=True), path, times=100)["refused"] > 80


def test_damaged_arrays_in_a_whole_npz_are_read_or_refused(
    arrays: dict[str, np.ndarray], tmp_path: Path, fuzz: Callable
) -> None:
    members = {name: tmp_path / f"{name}.npy" for name in arrays if name != "J"}
    for name, member in members.items():
        np.save(member, arrays[name])

    def packed(path: Path) -> RawFace:
        with zipfile.ZipFile(path, "w") as file:
            for member in members.values():
                file.write(member, member.name)
        return read_flame(path, jaw=True)

    fate = fuzz(packed, tmp_path / "flame.npz", *members.values())
    assert fate["read"] > 20 and fate["refused"] > 100, fate


def test_an_npz_that_would_fill_the_memory_is_refused(
    arrays: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "flame.npz"
    np.savez_compressed(path, **arrays, other=np.zeros(1 << 20))
    read_flame(path)
    monkeypatch.setattr(npz, "LARGEST", 1 << 22)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="size unpacked"):
        read_flame(path)
