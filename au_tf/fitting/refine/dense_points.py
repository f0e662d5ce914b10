"""Where on a face model MediaPipe's dense points lie, and how far off them the network finds them.

Measured on rendered people of the built-in head by `benchmarks/dense_points.py`; lengths are shares of the
root mean square distance of the points from their middle, in three dimensions, which no turn changes. What is found
of an outline slides over the skin as the head turns: the mean error follows the yaw.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Float, Float32, Float64, Int32
from au_tf.files import kept_place, read_npz, write_npz
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.builtin import builtin_face
from au_tf.morphable.completion.registration import register

POINTS = 468
YAWS = (-60.0, -30.0, 0.0, 30.0, 60.0)
"""Degrees for which errors are told; between them they are interpolated."""
TABLE = Path(__file__).with_name("dense_points.csv")
FOREHEAD, CHIN = 10, 152
OUTER_CORNERS = (33, 263)
"""Of the eyes, the right first."""
_BELIEVED = 1.2
"""Noise of a point in the fit over its own: neighbours err together, but on real people less than on rendered ones."""


class Frame(NamedTuple):
    """How dense points lie in a picture."""

    axes: Float64
    """float64[2, 2], unit vectors across the face and down it."""
    scale: float
    """Root mean square distance of the points from their middle, pixels."""
    yaw: float
    """Degrees; the face's turn to its left, by the depth of the eyes."""

    @classmethod
    def of(cls, dense: Float) -> Self:
        """Of points float[468 or more, 3]."""
        points = np.asarray(dense, np.float64)[:POINTS]
        down = points[CHIN, :2] - points[FOREHEAD, :2]
        down = down / max(float(np.linalg.norm(down)), 1e-9)
        axes = np.stack([[down[1], -down[0]], down])
        scale = float(np.sqrt(np.square(points - points.mean(0)).sum(-1).mean()))
        right, left = points[list(OUTER_CORNERS)]
        yaw = np.degrees(np.arctan2(left[2] - right[2], axes[0] @ (left - right)[:2]))
        return cls(axes, max(scale, 1e-6), float(yaw))


def turned(dense: Float | None, degrees: float) -> bool:
    """Whether points float[468 or more, 3] show a face whose yaw exceeds so many degrees; without points, no."""
    return dense is not None and abs(Frame.of(dense).yaw) > degrees


@dataclass(frozen=True)
class DenseErrors:
    """How the network errs."""

    offset: Float64
    """float64[5, 468, 2], mean error across and down the face, for each of `YAWS`."""
    noise: Float64
    """float64[5, 468], standard deviation beyond it."""

    def expected(self, dense: Float) -> tuple[Float64, Float64]:
        """What is expected of points that were found, float[478, 3].

        Returns:
          where they are without the mean error, float64[468, 2], and their standard deviation in a fit in which each
          counts by itself, float64[468], pixels.
        """
        frame = Frame.of(dense)
        place = np.interp(frame.yaw, YAWS, np.arange(len(YAWS)))
        low = min(int(place), len(YAWS) - 2)
        share = place - low
        offset, noise = ((1.0 - share) * t[low] + share * t[low + 1] for t in (self.offset, self.noise))
        places = np.asarray(dense, np.float64)[:POINTS, :2] - frame.scale * (offset @ frame.axes)
        return places, _BELIEVED * frame.scale * noise


@cache
def dense_errors() -> DenseErrors:
    """As they were measured."""
    rows = _rows()[:, 2:].reshape(POINTS, len(YAWS), 3)
    return DenseErrors(rows[..., :2].swapaxes(0, 1), rows[..., 2].T)


def dense_vertices(model: MorphableModel) -> Int32:
    """The vertices of a face model that MediaPipe's 468 points stand for, int32[468].

    On the built-in head they are told by texture coordinates; it is laid over any other model, and the nearest
    vertices of the skin taken, which au_tf's cache keeps.

    Raises:
      InputError: if the model's mean is no face.
    """
    own = builtin_face()
    ours = _nearest_by_texture(own)
    if model.digest == own.digest:
        return ours
    key = hashlib.sha256(f"{model.digest} {own.digest} {TABLE.read_text()}".encode()).hexdigest()[:32]
    kept = kept_place(f"dense-{key}.npz")
    if not kept.is_file():
        write_npz(kept, {"vertices": _laid_over(model, ours)})
    return read_npz(kept, ["vertices"])["vertices"]


def _laid_over(model: MorphableModel, ours: Int32) -> Int32:
    mean = model.mean_shape.astype(np.float64)
    laid = register(mean, model.triangles, mean[model.landmarks], model.name)
    skin = np.flatnonzero(model.parts == Part.SKIN)
    return skin[cKDTree(mean[skin]).query(laid.points[ours])[1]].astype(np.int32)


def _nearest_by_texture(model: MorphableModel) -> Int32:
    skin = np.flatnonzero((model.parts == Part.SKIN) & (model.mask > 0.0))
    return skin[cKDTree(model.uv[skin]).query(_rows()[:, :2])[1]].astype(np.int32)


@cache
def _rows() -> Float64:
    """float64[468, 2 + 15]: texture coordinates, then for each of `YAWS` the mean error and the noise."""
    return np.loadtxt(TABLE, delimiter=",", skiprows=1)


def write_table(uv: Float32, offset: Float64, noise: Float64) -> None:
    """Writes what was measured: float32[468, 2], float64[5, 468, 2] and float64[5, 468]."""
    errors = np.concatenate([offset, noise[..., None]], -1).swapaxes(0, 1).reshape(POINTS, -1)
    names = [f"{name} {yaw:+.0f}" for yaw in YAWS for name in ("across", "down", "noise")]
    np.savetxt(TABLE, np.concatenate([uv, errors], 1), "%.5f", ",", header=",".join(["u", "v", *names]), comments="")
