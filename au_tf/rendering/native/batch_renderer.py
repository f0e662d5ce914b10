"""Pictures of many faces of one model, fast: identity and albedo of one person are computed once.

All processors draw; the bytes do not depend on the batch or the number of threads.
"""

from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import contextmanager
from queue import SimpleQueue
from typing import NamedTuple

import numpy as np
from joblib import cpu_count

from au_tf.arrays import Array, ArrayLike, Float32, Pixels
from au_tf.errors import InputError
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.detail.detail import detail_of
from au_tf.morphable.model import Part
from au_tf.pictures import colour
from au_tf.rendering.details import FaceDetail, Likeness
from au_tf.rendering.finish import SCATTER
from au_tf.rendering.lighting import BACKDROP
from au_tf.rendering.native import kernels
from au_tf.rendering.native.canvas import Canvas, PlacedFace
from au_tf.rendering.native.hair import HairCanvas, Strands
from au_tf.rendering.native.lighting import light_polynomial
from au_tf.rendering.native.surfaces import Surfaces, segments_of
from au_tf.rendering.native.threads import each

_WIDTH = 512
"""Numbers in a block of a basis: what a few faces need of one fits into the first cache."""
_FACES = 8
"""Faces whose vertices are computed together."""

_Scratch = tuple[Float32, Canvas, HairCanvas | None]
"""Room for what one thread computes: the shapes of a few faces, and one picture, with hair if there is any."""


class People(NamedTuple):
    """Who the faces belong to: one person, or one for each face."""

    neutral: Float32
    """float32[P, N, M], the shapes without expression, mm, in blocks."""
    albedo: Float32
    """float32[P, N, M], linear RGB, in blocks."""
    identity: Float32
    """float32[P, I], standard deviations."""
    tints: Float32
    """float32[P, MARKS, 3], of the marks of their skin."""
    own: tuple[Likeness | None, ...] = (None,)
    """Their own skin instead of the face model's, of P of them or none."""

    @classmethod
    def joined(cls, people: "Sequence[People]") -> "People":
        """Several people."""
        neutral, albedo, identity, tints = (np.concatenate([one[k] for one in people]) for k in range(4))
        return cls(neutral, albedo, identity, tints, tuple(own for one in people for own in one.own))


class LinearPictures(NamedTuple):
    """Faces in linear light, before any background."""

    colour: Float32
    """float32[B, H, W, 4], linear RGB multiplied by coverage, and coverage in [0, 1], as `render` returns."""
    skin: Float32
    """float32[B, H, W], how far each pixel shows skin of the face proper, in [0, 1]."""


class Pictures(NamedTuple):
    """Faces before a background."""

    image: Pixels
    """uint8[B, H, W, 3], sRGB."""
    coverage: Float32
    """float32[B, H, W], how far each pixel shows the face, in [0, 1]."""
    skin: Float32
    """float32[B, H, W], how far each pixel shows skin of the face proper, in [0, 1]."""
    hair: Float32
    """float32[B, H, W], how far each pixel shows hair, a cap or glasses, in [0, 1]."""
    surfaces: Surfaces | None = None
    """What is seen there, if that was asked for."""


class BatchRenderer:
    """Renders batches of faces of one model.

    Args:
      model: the face model.
      threads: at most so many at a time; None is one a processor.
    """

    canvas = Canvas
    """What draws one face."""

    def __init__(self, model: MorphableModel, threads: int | None = None) -> None:
        self.model = model
        self.threads = threads or cpu_count()
        # Copies, since arrays that may not be written are another type to the compiled loops.
        self._triangles = np.array(model.triangles, np.int32)
        self._detail = detail_of(model)
        self._skin = (model.mask * (model.parts == Part.SKIN)).astype(np.float32)
        self._identity, self._expression, self._albedo = (
            Basis.of(mean, basis)
            for mean, basis in (
                (model.mean_shape, model.identity_basis),
                (np.zeros_like(model.mean_shape), model.expression_basis),
                (model.mean_albedo, model.albedo_basis),
            )
        )

    def people(self, identity: ArrayLike, albedo: ArrayLike) -> People:
        """What does not change between the faces of one person.

        Args:
          identity: float32[I] of one person, or float32[B, I], standard deviations.
          albedo: float32[A] or float32[B, A], standard deviations.
        """
        rows = [np.atleast_2d(np.asarray(part, np.float32)) for part in (identity, albedo)]
        for name, part in zip(("identity", "albedo"), rows, strict=True):
            _check_finite(name, part)
        count = max(len(part) for part in rows)
        identity, albedo = (np.broadcast_to(part, (count, part.shape[1])) for part in rows)
        neutral, colours = self._all(self._identity, rows[0]), self._all(self._albedo, rows[1])
        return People(neutral, colours, identity, self._detail.tints(albedo), (None,) * count)

    def person(self, identity: Float32, own: Likeness) -> People:
        """One person float32[I], standard deviations, with a skin of their own."""
        usual = self.people(identity, np.zeros(len(self.model.albedo_basis), np.float32))
        return usual._replace(albedo=Basis.of(own.albedo, own.albedo[np.newaxis][:0]).mean, own=(own,))

    def render(
        self,
        coefficients: Coefficients,
        camera: Camera,
        supersample: int = 2,
        background: ArrayLike = BACKDROP,
        people: People | None = None,
        hair: Sequence[Strands | None] | None = None,
        surfaces: bool = False,
    ) -> Pictures:
        """Renders faces as pictures.

        Args:
          coefficients: of B faces; identity and albedo may be without batch axis, those of one person.
          camera: one, or one for each face.
          supersample: samples a side of each pixel.
          background: sRGB, a colour (3 floats in [0, 1]) or pictures uint8[B or 1, H, W, 3], or one without batch axis.
          people: `people(coefficients.identity, coefficients.albedo)`, if it is known already.
          hair: what each of the B faces wears, or one for all.
          surfaces: whether parts, depth and normals are wanted as well.

        Returns:
          Pictures.

        Raises:
          InputError: for a coefficient that is not finite, or if cameras, backgrounds, people or hair are neither one
            nor B.
        """
        count, size = len(coefficients.expression), (camera.height, camera.width)
        behind = backgrounds(background)
        _check_count("background", behind, count)
        tables = colour.linear_levels(), colour.srgb_levels()
        drawn = Pictures(
            np.empty((count, *size, 3), np.uint8),
            np.empty((count, *size), np.float32),
            np.empty((count, *size), np.float32),
            np.zeros((count, *size), np.float32),
            Surfaces.empty(count, *size) if surfaces else None,
        )
        segments = segments_of(self.model) if surfaces else None

        def keep(face: int, canvas: Canvas, over: HairCanvas | None) -> None:
            pixels = canvas.pixels
            kernels.develop(pixels, _row(behind, face), *tables, drawn.image[face])
            drawn.coverage[face], drawn.skin[face] = pixels[..., 3], pixels[..., 4]
            if over is not None:
                drawn.hair[face] = over.share
            if drawn.surfaces is not None and segments is not None:
                drawn.surfaces.keep(face, canvas, over, self._triangles, segments)

        self._draw(coefficients, people, camera, supersample, keep, hair)
        return drawn

    def render_linear(
        self,
        coefficients: Coefficients,
        camera: Camera,
        supersample: int = 2,
        people: People | None = None,
    ) -> LinearPictures:
        """As `render`, in linear light and without a background."""
        drawn = np.empty((len(coefficients.expression), camera.height, camera.width, 5), np.float32)

        def keep(face: int, canvas: Canvas, _: HairCanvas | None) -> None:
            drawn[face] = canvas.pixels

        self._draw(coefficients, people, camera, supersample, keep)
        return LinearPictures(drawn[..., :4], drawn[..., 4])

    def _draw(
        self,
        coefficients: Coefficients,
        people: People | None,
        camera: Camera,
        samples: int,
        keep: Callable[[int, Canvas, HairCanvas | None], None],
        hair: Sequence[Strands | None] | None = None,
    ) -> None:
        for name in ("expression", "rotation", "translation", "lighting"):
            _check_finite(name, getattr(coefficients, name))
        people = people or self.people(coefficients.identity, coefficients.albedo)
        count = len(coefficients.expression)
        _check_count("camera", np.atleast_1d(camera.focal), count)
        _check_count("people", people.neutral, count)
        if hair is not None:
            _check_count("hair", hair, count)
        poses = _poses(coefficients, camera, samples)
        depths = self._detail.depths(people.identity, coefficients.expression)
        # Several blocks for each thread, so that none waits long for another at the end.
        step = max(1, min(_FACES, -(-count // (2 * self.threads))))
        blocks = [range(start, min(start + step, count)) for start in range(0, count, step)]
        scratch = SimpleQueue[_Scratch]()
        for _ in range(self.threads):
            shapes = np.empty((step, *self._expression.mean.shape[1:]), np.float32)
            canvas = self.canvas.of(self._skin, camera.height, camera.width, samples, self._detail)
            scratch.put((shapes, canvas, HairCanvas.of(hair, canvas)))

        def draw(faces: range) -> None:
            base = people.neutral[faces.start : faces.stop] if len(people.neutral) > 1 else people.neutral
            with _borrowed(scratch) as (shapes, canvas, over):
                shapes = shapes[: len(faces)]
                self._expression.combine(coefficients.expression[faces.start : faces.stop], base, shapes)
                for face, shape in zip(faces, shapes, strict=True):
                    pose = PlacedFace(*(part[face] for part in poses))
                    albedo = _row(people.albedo, face).reshape(3, -1)
                    skin = FaceDetail(depths[face], _row(people.tints, face), people.own[face % len(people.own)])
                    canvas.draw(self._triangles, shape.reshape(3, -1), albedo, pose, skin)
                    if hair is not None and over is not None:
                        over.draw(canvas, hair[face % len(hair)], shape.reshape(3, -1), pose)
                    keep(face, canvas, over)

        each(draw, blocks, self.threads)

    def _all(self, basis: "Basis", rows: Float32) -> Float32:
        out = np.empty((len(rows), *basis.mean.shape[1:]), np.float32)
        blocks = [slice(start, start + _FACES) for start in range(0, len(rows), _FACES)]
        each(lambda block: basis.combine(rows[block], basis.mean, out[block]), blocks, self.threads)
        return out


class Basis(NamedTuple):
    """A linear basis of the vertices in blocks; all x come first, then all y and all z, each in whole blocks."""

    mean: Float32
    """float32[1, N, M]."""
    vectors: Float32
    """float32[N, K, M], K filled up with zeros to whole `LANES`."""

    @classmethod
    def of(cls, mean: Float32, basis: Float32) -> "Basis":
        """From float32[V, 3] and float32[K, V, 3]."""
        wide = np.concatenate([mean[np.newaxis], basis])
        room = -len(basis) % kernels.LANES, -wide.shape[1] % _WIDTH
        wide = np.pad(np.moveaxis(wide, -1, 1), [(0, room[0]), (0, 0), (0, room[1])]).astype(np.float32)
        blocks = wide.reshape(len(wide), -1, _WIDTH)
        return cls(blocks[:1].copy(), np.ascontiguousarray(np.moveaxis(blocks[1:], 0, 1)))

    def combine(self, coefficients: Float32, base: Float32, out: Float32) -> None:
        """base + coefficients @ basis, float32[R, N, M]; base may be [1, N, M]."""
        rows = np.zeros((len(coefficients), self.vectors.shape[1]), np.float32)
        rows[:, : coefficients.shape[1]] = coefficients
        kernels.combine(rows, self.vectors, base, out)


def _poses(coefficients: Coefficients, camera: Camera, samples: int) -> PlacedFace:
    count = len(coefficients.expression)
    # Pixel j is split into the columns samples * j + 0 .. samples - 1, as `Camera.scaled` does.
    middle = np.float32((samples - 1) / 2) * np.array([0.0, 0.0, -1.0], np.float32)
    turns, lens = coefficients.pose.matrix, samples * camera.lens.astype(np.float32) + middle
    light = light_polynomial() @ (SCATTER * np.asarray(coefficients.lighting, np.float64))
    parts = (turns, (3, 3)), (coefficients.translation, (3,)), (lens, (2, 3)), (light, (10, 3))
    return PlacedFace(*(np.broadcast_to(part, (count, *shape)).astype(np.float32) for part, shape in parts))


@contextmanager
def _borrowed(scratch: SimpleQueue[_Scratch]) -> Iterator[_Scratch]:
    work = scratch.get()
    try:
        yield work
    finally:
        scratch.put(work)


def _check_finite(name: str, values: ArrayLike) -> None:
    if not np.isfinite(values).all():
        raise InputError("coefficients", name, "a number that is not finite", "finite numbers")


def _check_count(name: str, rows: Sized, faces: int) -> None:
    if len(rows) not in (1, faces):
        raise InputError("faces", name, len(rows), f"1 or {faces}, as there are faces")


def _row(rows: Array, face: int) -> Array:
    """What belongs to a face: the only row, or its own."""
    return rows[face] if len(rows) > 1 else rows[0]


def backgrounds(background: ArrayLike) -> Pixels:
    """uint8[B or 1, H or 1, W or 1, 3]."""
    given = np.asarray(background)
    if given.dtype != np.uint8:
        return np.rint(255.0 * given).astype(np.uint8).reshape(1, 1, 1, 3)
    return np.array(given if given.ndim == 4 else given[np.newaxis])
