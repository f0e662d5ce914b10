"""Aligned pictures of what a camera sees, drawn straight into the aligned frame."""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial.transform import Rotation
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from au_tf.datasets.simulated_disfa.studio import Studio
from au_tf.fitting.alignment import ALIGNED_SIZE, alignment_matrix
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.model import Part
from au_tf.rendering.lighting import polynomials
from au_tf.synthesis.recording import VIDEO

Floats = NDArray[np.float32]
Picture = NDArray[np.uint8]

_BLOCK = 16
"""Frames whose shapes are computed together. Blocks are counted from the beginning of a take and not of a chunk, since
a product of matrices is rounded in another way if it has other rows."""
_DRAWN = 336
"""Side in pixels of what is drawn before it is averaged to the aligned picture, about as fine as the video."""
_NEAR, _FAR = 100.0, 10_000.0
_FRONT = np.array([[0.0, 0.0, 1.0]], np.float32)
_BOTH_SIDES = (
    cv2.TriangleRasterizeSettings()
    .setCullingMode(cv2.RASTERIZE_CULLING_NONE)
    .setShadingType(cv2.RASTERIZE_SHADING_SHADED)
)


class _Mesh(NamedTuple):
    """What all faces of a model share."""

    corners: NDArray[np.int32]
    """int32[3, T], the triangles' first corners, second, third."""
    open: NDArray[np.bool_]
    """bool[T], False where the back can never be seen: on scalp, ears and neck."""
    incidence: csr_array
    """float32[V, T], 1 where a vertex is a corner of a triangle."""
    expressions: Floats
    """float32[E, 3 V], the expression basis."""


@lru_cache(maxsize=2)
def _mesh(model: MorphableModel) -> _Mesh:
    count, vertices = len(model.triangles), len(model.mean_shape)
    places = model.triangles.ravel(), np.repeat(np.arange(count), 3)
    incidence = csr_array((np.ones(3 * count, np.float32), places), shape=(vertices, count))
    inside = (model.mask > 0.0) | (model.parts != Part.SKIN)
    corners, expressions = np.ascontiguousarray(model.triangles.T), model.expression_basis
    return _Mesh(corners, inside[corners].any(0), incidence, expressions.reshape(len(expressions), -1))


class _Person(NamedTuple):
    """What all frames of a take share."""

    mesh: _Mesh
    """Of the face model."""
    neutral: Floats
    """float32[3 V], the face without expression, mm."""
    albedo: Floats
    """float32[V, 3], linear RGB."""


def draw_frames(
    model: MorphableModel,
    truth: Coefficients,
    landmarks: Floats,
    numbers: NDArray[np.integer],
    studio: Studio,
    rows: range,
) -> Iterator[Picture]:
    """Draws some frames of a take, several at a time; each is the same whichever others are drawn.

    Args:
      model: the face model.
      truth: what is before the camera, N frames of one person.
      landmarks: float32[N, 68, 2] in pixels of the video, by which the pictures are aligned.
      numbers: int[N], the frames' numbers.
      studio: wall and sensor.
      rows: consecutive indices of the N frames, those to be drawn.

    Yields:
      uint8[224, 224, 3], sRGB.
    """

    def draw(row: int, shape: Floats) -> Picture:
        pose = _Pose.of(truth.rotation[row], truth.translation[row], alignment_matrix(landmarks[row]))
        return studio.develop(_draw(person, shape, pose, truth.lighting[row], studio), int(numbers[row]))

    # On several processors products of matrices could be rounded differently, and would wait for each other.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        person = _person(model, truth)
        ahead: deque[Future[Picture]] = deque()
        for row, shape in _shapes(person, truth, rows):
            ahead.append(pool.submit(draw, row, shape))
            if len(ahead) > _BLOCK:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def _person(model: MorphableModel, truth: Coefficients) -> _Person:
    shape = model.mean_shape + np.tensordot(truth.identity[0], model.identity_basis, 1)
    albedo = model.mean_albedo + np.tensordot(truth.albedo[0], model.albedo_basis, 1)
    return _Person(_mesh(model), shape.reshape(-1).astype(np.float32), np.clip(albedo, 0.0, 1.0).astype(np.float32))


def _shapes(person: _Person, truth: Coefficients, rows: range) -> Iterator[tuple[int, Floats]]:
    """The vertices float32[V, 3] of each row, in the model's space."""
    for start in range(rows.start // _BLOCK * _BLOCK, rows.stop, _BLOCK):
        block = person.neutral + truth.expression[start : start + _BLOCK] @ person.mesh.expressions
        for row, shape in enumerate(block, start):
            if row in rows:
                yield row, shape.reshape(-1, 3)


class _Pose(NamedTuple):
    """Where the face is in the aligned picture."""

    rotation: NDArray[np.float64]
    """float64[3, 3], model to camera."""
    eye: NDArray[np.float64]
    """float64[3], the camera's place in the model's space, mm."""
    view: NDArray[np.float64]
    """float64[4, 4], model to a camera that looks along -z with a field of view of 90 degrees."""
    alignment: NDArray[np.float64]
    """float64[2, 3], from pixels of the video to pixels of the aligned picture."""

    @classmethod
    def of(cls, rotation: Floats, translation: Floats, alignment: NDArray[np.float64]) -> "_Pose":
        """From axis-angle, translation in mm, and the alignment."""
        turn, move = Rotation.from_rotvec(rotation).as_matrix(), translation.astype(np.float64)
        view = np.eye(4)
        view[:3, :3], view[:3, 3] = _lens(alignment) @ turn, _lens(alignment) @ move
        return cls(turn, -turn.T @ move, view, alignment)


def _lens(alignment: NDArray[np.float64]) -> NDArray[np.float64]:
    """The linear map float64[3, 3] that makes of the video's camera one that takes the aligned picture.

    A similarity of the picture is linear in the coordinates before they are divided by the depth -z. The divided ones
    run from -1 to 1 across the picture, whose pixels have their centres at whole numbers.
    """
    (column, row), focal, half = VIDEO.centre, VIDEO.focal, ALIGNED_SIZE / 2
    video = np.array([[focal, 0.0, -column], [0.0, -focal, -row], [0.0, 0.0, -1.0]])
    unit = np.array([[1.0, 0.0, 0.5 - half], [0.0, -1.0, half - 0.5], [0.0, 0.0, -half]]) / half
    return unit @ np.vstack([alignment, [0.0, 0.0, 1.0]]) @ video


def _draw(person: _Person, shape: Floats, pose: _Pose, lighting: Floats, studio: Studio) -> Floats:
    """The face before the wall, float32[224, 224, 3], linear RGB."""
    mesh = person.mesh
    first, second, third = (np.take(shape, corner, 0) for corner in mesh.corners)
    areas = _cross(second - first, third - first)
    # What is turned away costs a third of the time.
    seen = mesh.open | (np.einsum("tc,tc->t", areas, pose.eye.astype(np.float32) - first) > 0.0)
    normals = (mesh.incidence @ areas) @ pose.rotation.T.astype(np.float32)
    normals /= np.sqrt(np.einsum("vc,vc->v", normals, normals) + np.float32(1e-20))[:, None]
    drawn, _ = cv2.triangleRasterize(
        shape,
        np.ascontiguousarray(mesh.corners.T[seen]),
        np.clip(person.albedo * _light(normals, lighting), 0.0, 1.0),
        studio.background(pose.alignment, _light(_FRONT, lighting)[0], _DRAWN),
        np.full((_DRAWN, _DRAWN), _FAR, np.float32),
        pose.view,
        np.pi / 2,
        _NEAR,
        _FAR,
        _BOTH_SIDES,
    )
    return np.asarray(cv2.resize(drawn, (ALIGNED_SIZE, ALIGNED_SIZE), interpolation=cv2.INTER_AREA), np.float32)


def _light(normals: Floats, lighting: Floats) -> Floats:
    """As `rendering.irradiance`, float32[N, 3]; TensorFlow takes several times as long for one face."""
    return np.stack(polynomials(*normals.T), -1) @ lighting


def _cross(a: Floats, b: Floats) -> Floats:
    """As np.cross, several times as fast."""
    (ax, ay, az), (bx, by, bz) = np.ascontiguousarray(a.T), np.ascontiguousarray(b.T)
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], -1)
