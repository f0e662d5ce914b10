"""Reader of FLAME (Li et al., Learning a model of facial shape and expression from 4D scans), `.pkl` and `.npz`."""

import os
import zipfile
from collections.abc import Mapping

import numpy as np

from au_tf.arrays import Array, Float32
from au_tf.errors import InputError
from au_tf.morphable.formats import checks
from au_tf.morphable.formats.isolated import read_arrays
from au_tf.morphable.formats.npz import read_safe_npz
from au_tf.morphable.formats.raw import RawFace

NAMES = ("v_template", "f", "shapedirs")
"""What a file of FLAME holds and any other does not."""
JAW_NAMES = ("posedirs", "J_regressor", "kintree_table", "weights")
"""What turning the jaw needs besides."""
COMPONENTS = {400: 300, 20: 10}
"""Components of a file, and how many, the first, are identity: FLAME has 300 + 100, its reduced files 10 + 10."""
JOINTS = 5
"""Root, neck, jaw, left and right eye."""
JAW = 2
JAW_DEVIATIONS = (0.15, 0.05, 0.05)
"""Radians a standard deviation by which the jaw opens (about +x), goes to its left (+y) and twists (+z).

FLAME has no statistics of its jaw. A jaw that drops as far as AU26 = 5 turns by about 0.25 rad.
"""
_METRES = 1000.0


@np.errstate(all="ignore")  # what overflows is found by the check at the end
def read_flame(path: str | os.PathLike[str], jaw: bool = False) -> RawFace:
    """FLAME's identity and expression, 300 + 100 components, and if wanted its jaw.

    The pose of neck and eyes is left out. With `jaw` three more expression components open the jaw, move it sideways
    and twist it, to first order at rest (`jaw_basis`) and in standard deviations of `JAW_DEVIATIONS`.

    Args:
      path: a pickle by Python 2 or 3 or an npz, whatever its name.
      jaw: whether to add the jaw.

    Raises:
      InputError: if the file is missing or damaged, or its arrays do not fit together.
    """
    names = NAMES + (JAW_NAMES if jaw else ())
    found = read_safe_npz(path, names) if zipfile.is_zipfile(path) else read_arrays(path, "pickle", names)
    mean = _sized(path, found, "v_template", ("V", 3))
    shapes = _sized(path, found, "shapedirs", (len(mean), 3, "K"))
    identities = COMPONENTS.get(shapes.shape[2])
    if identities is None:
        expected = " or ".join(f"{total} ({own} of identity)" for total, own in COMPONENTS.items())
        raise InputError(path, "shapedirs", f"{shapes.shape[2]} components", expected)
    basis = np.ascontiguousarray(np.moveaxis(shapes, 2, 0)) * np.float32(_METRES)
    expression = basis[identities:]
    if jaw:
        turned = jaw_basis(*_joints(path, found, mean)) * np.reshape(JAW_DEVIATIONS, (3, 1, 1)) * _METRES
        expression = np.concatenate([expression, turned.astype(np.float32)])
    face = RawFace(
        name="FLAME with jaw" if jaw else "FLAME",
        mean_shape=mean * np.float32(_METRES),
        identity_basis=basis[:identities],
        expression_basis=expression,
        triangles=checks.triangles(path, "f", found["f"], len(mean), first=0),
    )
    face.check(path)
    return face


def jaw_basis(mean: Array, regressor: Array, weights: Array, posedirs: Array, parents: Array) -> Array:
    """Derivatives of the vertices by the jaw's axis-angle pose, at rest, of the mean face.

    With R(a) = I + [a]x + ..., linear blend skinning moves a vertex by w [a]x (p - j) and the pose's blend shapes move
    it by P vec([a]x), to first order; j is the jaw's joint, w the vertex's weight of the jaw and of all that hangs
    on it.

    Args:
      mean: float[V, 3].
      regressor: float[J, V], joints from vertices.
      weights: float[V, J].
      posedirs: float[V, 3, 9 (J - 1)].
      parents: int[J], of each joint but the first.

    Returns:
      float[3, V, 3], for a radian about +x, +y and +z, in the unit of `mean`.
    """
    joint = regressor[JAW] @ mean
    hangs = np.zeros(len(parents), bool)
    hangs[JAW] = True
    for child in range(JAW + 1, len(parents)):
        hangs[child] = hangs[parents[child]]
    share = weights[:, hangs].sum(1)[:, np.newaxis]
    own = posedirs[..., 9 * (JAW - 1) : 9 * JAW]
    # Row k of each turns by a radian about axis k: column c is axis k x axis c.
    turns = np.cross(np.eye(3)[:, np.newaxis], np.eye(3)).transpose(0, 2, 1)
    return np.stack([share * ((mean - joint) @ turn.T) + own @ turn.reshape(-1) for turn in turns])


def _joints(path: object, found: Mapping[str, Array], mean: Float32) -> tuple[Array, Array, Array, Array, Array]:
    """The arguments of `jaw_basis`, checked."""
    count = len(mean)
    regressor = _sized(path, found, "J_regressor", (JOINTS, count))
    weights = _sized(path, found, "weights", (count, JOINTS))
    posedirs = _sized(path, found, "posedirs", (count, 3, 9 * (JOINTS - 1)))
    tree = np.asarray(found["kintree_table"])
    if tree.shape != (2, JOINTS):
        raise InputError(path, "kintree_table", f"the shape {list(tree.shape)}", f"[2, {JOINTS}]")
    parents = tree[0].astype(np.int64)
    if not all(0 <= parents[joint] < joint for joint in range(1, JOINTS)):
        raise InputError(path, "kintree_table", f"parents {parents[1:].tolist()}", "joints before their children")
    exact = (array.astype(np.float64) for array in (mean, regressor, weights, posedirs))
    return *exact, parents


def _sized(path: object, found: Mapping[str, Array], name: str, shape: tuple[int | str, ...]) -> Float32:
    """Finite float32 of a shape in which letters are any size from 1 on."""
    array = found[name]
    fits = array.ndim == len(shape) and all(
        size > 0 if isinstance(wanted, str) else size == wanted for size, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits or array.dtype.kind not in "biuf":
        expected = f"numbers of the shape [{', '.join(map(str, shape))}]"
        raise InputError(path, name, f"{array.dtype} of the shape {list(array.shape)}", expected)
    return checks.numbers(path, name, array)
