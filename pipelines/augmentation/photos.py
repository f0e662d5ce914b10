"""New expressions in the sources' own pictures."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import cv2
import numpy as np

from au_tf.arrays import Float, Float32, Float64, Pixels
from au_tf.compositing.photo import PhotoCompositor
from au_tf.errors import InputError
from au_tf.fitting.view import turn_about_camera
from au_tf.geometry.alignment import ALIGNED_SIZE, alignment_matrix, transform, warp
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients
from au_tf.pictures.images import read_image
from au_tf.pipelines.augmentation.drawing import Drawn, Faces, aligned_matrices
from au_tf.pipelines.augmentation.worker_context import WorkerContext
from au_tf.stores import fetched

_UNMOVED = np.eye(2, 3)
_FINER = 1.25
"""Pixels a side of the picture that is edited for one of the aligned picture: what is finer nobody would see."""
_KEPT, _FEW = 16, 2
"""Pictures that are kept prepared, each of which takes some 18 MB where 224 x 224 pixels are wanted, and fewer of
larger ones, but as many."""


class SeenFace(NamedTuple):
    """A source face as its picture shows it."""

    image: Pixels
    """uint8[H, W, 3], sRGB."""
    matrix: Float64
    """float64[2, 3], the similarity from pixels of the recording to pixels of the picture."""
    coefficients: Coefficients
    """Of the face, placed before `camera`."""
    camera: Camera
    """What would have taken the picture as it is."""
    landmarks: Float32
    """float32[68, 2], pixels of the picture."""

    def reduced(self, size: int) -> "SeenFace":
        """The same in a picture hardly finer than the aligned one of `size` pixels a side that is made from it."""
        scale = np.sqrt(np.abs(np.linalg.det(alignment_matrix(self.landmarks)[:, :2]))) * size / ALIGNED_SIZE
        factor = _FINER * float(scale)
        if factor >= 1.0:
            return self
        camera = self.camera.scaled(factor)
        image = cv2.resize(self.image, (camera.width, camera.height), interpolation=cv2.INTER_AREA)
        shift = (factor - 1.0) / 2.0
        shrunk = np.array([[factor, 0.0, shift], [0.0, factor, shift]])
        landmarks = transform(shrunk, self.landmarks).astype(np.float32)
        return SeenFace(np.asarray(image, np.uint8), chained(shrunk, self.matrix), self.coefficients, camera, landmarks)


class Prepared(NamedTuple):
    """A source face whose picture is ready for expressions."""

    compositor: PhotoCompositor
    matrix: Float64
    """As that of `SeenFace`."""


class PhotoDrawer:
    """Puts expressions into the pictures they start from, of which those that were last used are kept prepared."""

    def __init__(self, context: WorkerContext) -> None:
        self.context = context
        kept = round(_KEPT * (ALIGNED_SIZE / context.plan.asked.size) ** 2)
        self._ready = lru_cache(max(kept, _FEW))(self._prepared)

    def draw(self, faces: Faces) -> Sequence[Drawn | str]:
        """As `drawing.Drawer.draw`."""
        drawn: list[Drawn | str] = []
        for source, group in groupby(range(len(faces.numbers)), lambda row: int(faces.source[row])):
            rows = np.array(list(group))
            try:
                drawn += map(Drawn, self._edited(self._ready(source), faces.rows(rows)))
            except InputError as error:
                drawn += [str(error)] * len(rows)
        return drawn

    def _prepared(self, source: int) -> Prepared:
        seen = seen_face(self.context, source).reduced(self.context.plan.asked.size)
        place = seen.coefficients, seen.camera, seen.landmarks
        return Prepared(PhotoCompositor(seen.image, self.context.model, *place, samples=1.0), seen.matrix)

    def _edited(self, prepared: Prepared, faces: Faces) -> list[Pixels]:
        size = self.context.plan.asked.size
        pictures = []
        for row, matrix in enumerate(aligned_matrices(faces.landmarks, size)):
            picture = prepared.compositor.compose(faces.coefficients.expression[row], opened=1.0)
            pictures.append(warp(picture, chained(prepared.matrix, cv2.invertAffineTransform(matrix)), size))
        return pictures


def seen_face(context: WorkerContext, source: int) -> SeenFace:
    """A source face and its picture.

    Raises:
      InputError: if the picture cannot be read.
    """
    sources = context.sources
    camera = sources.camera_of(source)
    own = sources.face_of(source)
    landmarks, place = sources.landmarks[source], str(sources.place[source])
    data = sources.encoded(source)
    if data is None:
        return SeenFace(read_image(fetched(place)), _UNMOVED, own, camera, landmarks)
    matrix = alignment_matrix(landmarks)
    turned, lens = in_plane(own, camera, matrix, ALIGNED_SIZE)
    moved = transform(matrix, landmarks).astype(np.float32)
    return SeenFace(_decoded(data, place), matrix, turned, lens, moved)


def _decoded(data: bytes, place: str) -> Pixels:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None or image.shape != (ALIGNED_SIZE, ALIGNED_SIZE, 3):
        raise InputError(place, "picture", "a damaged one", f"{ALIGNED_SIZE} x {ALIGNED_SIZE} pixels")
    return np.ascontiguousarray(image[..., ::-1])


def in_plane(face: Coefficients, camera: Camera, matrix: Float64, size: int) -> tuple[Coefficients, Camera]:
    """A face and a camera that show the picture as a similarity of the plane has moved it.

    A turn of the picture is one of the world about the camera's axis, scale and shift are the lens's.

    Args:
      face: one, without batch axes.
      camera: what took the picture.
      matrix: float64[2, 3], from its pixels to those of the moved one; turn, scale and shift.
      size: pixels a side of the moved one.
    """
    seen = camera.aligned(matrix, size, size)
    return turn_about_camera(face, seen.turn), seen.upright


def chained(first: Float, second: Float) -> Float64:
    """The affine map float64[2, 3] that does `second` and then `first`."""
    return np.asarray(np.vstack([first, [0, 0, 1]]) @ np.vstack([second, [0, 0, 1]]), np.float64)[:2]
