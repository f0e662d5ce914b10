"""Pictures of many faces, fast: the loops of `renderer` compiled for the processor, without gradients.

What `renderer` draws of one face this draws of a batch, on all processors; the bytes do not depend on the batch or the
number of threads. Identity and albedo of one person are computed once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
from joblib import cpu_count
from scipy.spatial.transform import Rotation

from au_tf.arrays import Array, Float32, Float64, Int32, Int64, Pixels
from au_tf.errors import InputError
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.model import Part
from au_tf.pictures import colour
from au_tf.rendering.graph.renderer import BACKDROP
from au_tf.rendering.lighting import polynomials
from au_tf.rendering.native import kernels
from au_tf.rendering.native.zbuffer import each

_WIDTH = 512
"""Numbers in a block of a basis: what a few faces need of one fits into the first cache."""
_FACES = 8
"""Faces whose vertices are computed together."""


class People(NamedTuple):
    """Who the faces belong to: one person, or one for each face."""

    neutral: Float32
    """float32[P, N, M], the shapes without expression, mm, in blocks."""
    albedo: Float32
    """float32[P, N, M], linear RGB, in blocks."""


class Layers(NamedTuple):
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


class BatchRenderer:
    """Renders batches of faces of one model.

    Args:
      model: the face model.
      threads: at most so many at a time; None is one a processor.
    """

    def __init__(self, model: MorphableModel, threads: int | None = None) -> None:
        self.model = model
        self.threads = threads or cpu_count()
        # Copies, since arrays that may not be written are another type to the compiled loops.
        self._triangles = np.array(model.triangles, np.int32)
        self._skin = (model.mask * (model.parts == Part.SKIN)).astype(np.float32)
        self._identity, self._expression, self._albedo = (
            Basis.of(mean, basis)
            for mean, basis in (
                (model.mean_shape, model.identity_basis),
                (np.zeros_like(model.mean_shape), model.expression_basis),
                (model.mean_albedo, model.albedo_basis),
            )
        )

    def people(self, identity: Any, albedo: Any) -> People:
        """What does not change between the faces of one person.

        Args:
          identity: float32[I] of one person, or float32[B, I], standard deviations.
          albedo: float32[A] or float32[B, A], standard deviations.
        """
        rows = [np.atleast_2d(np.asarray(part, np.float32)) for part in (identity, albedo)]
        for name, part in zip(("identity", "albedo"), rows, strict=True):
            _check_finite(name, part)
        bases = zip(rows, (self._identity, self._albedo), strict=True)
        return People(*(self._all(basis, part) for part, basis in bases))

    def render(
        self,
        coefficients: Coefficients,
        camera: Camera,
        supersample: int = 2,
        background: Any = BACKDROP,
        people: People | None = None,
    ) -> Pictures:
        """Renders faces as pictures.

        Args:
          coefficients: of B faces; identity and albedo may be without batch axis, those of one person.
          camera: one, or one for each face.
          supersample: samples a side of each pixel.
          background: sRGB, a colour (3 floats in [0, 1]) or pictures uint8[B or 1, H, W, 3], or one without batch axis.
          people: `people(coefficients.identity, coefficients.albedo)`, if it is known already.

        Returns:
          Pictures.

        Raises:
          InputError: for a coefficient that is not finite, or if cameras, backgrounds or people are neither one nor B.
        """
        count, size = len(coefficients.expression), (camera.height, camera.width)
        behind = backgrounds(background)
        _check_count("background", behind, count)
        tables = linear_levels(), srgb_levels()
        drawn = Pictures(
            np.empty((count, *size, 3), np.uint8),
            np.empty((count, *size), np.float32),
            np.empty((count, *size), np.float32),
        )

        def keep(face: int, pixels: Float32) -> None:
            kernels.develop(pixels, _row(behind, face), *tables, drawn.image[face])
            drawn.coverage[face], drawn.skin[face] = pixels[..., 3], pixels[..., 4]

        self._draw(coefficients, people, camera, supersample, keep)
        return drawn

    def render_linear(
        self,
        coefficients: Coefficients,
        camera: Camera,
        supersample: int = 2,
        people: People | None = None,
    ) -> Layers:
        """As `render`, in linear light and without a background."""
        drawn = np.empty((len(coefficients.expression), camera.height, camera.width, 5), np.float32)

        def keep(face: int, pixels: Float32) -> None:
            drawn[face] = pixels

        self._draw(coefficients, people, camera, supersample, keep)
        return Layers(drawn[..., :4], drawn[..., 4])

    def _draw(
        self,
        coefficients: Coefficients,
        people: People | None,
        camera: Camera,
        samples: int,
        keep: Callable[[int, Float32], None],
    ) -> None:
        for name in ("expression", "rotation", "translation", "lighting"):
            _check_finite(name, getattr(coefficients, name))
        people = people or self.people(coefficients.identity, coefficients.albedo)
        count = len(coefficients.expression)
        _check_count("camera", np.atleast_1d(camera.focal), count)
        _check_count("people", people.neutral, count)
        poses = _poses(coefficients, camera, samples)
        # Several blocks for each thread, so that none waits long for another at the end.
        step = max(1, min(_FACES, -(-count // (2 * self.threads))))
        blocks = [range(start, min(start + step, count)) for start in range(0, count, step)]
        scratch = SimpleQueue[_Scratch]()
        for _ in range(self.threads):
            shapes = np.empty((step, *self._expression.mean.shape[1:]), np.float32)
            scratch.put(_Scratch.of(shapes, self._skin, (camera.height, camera.width), samples))

        def draw(faces: range) -> None:
            base = people.neutral[faces.start : faces.stop] if len(people.neutral) > 1 else people.neutral
            with _borrowed(scratch) as work:
                shapes = work.shapes[: len(faces)]
                self._expression.combine(coefficients.expression[faces.start : faces.stop], base, shapes)
                for face, shape in zip(faces, shapes, strict=True):
                    pose = _Pose(*(part[face] for part in poses))
                    self._face(shape, _row(people.albedo, face), pose, samples, work)
                    keep(face, work.pixels)

        each(draw, blocks, self.threads)

    def _face(self, shape: Float32, albedo: Float32, pose: "_Pose", samples: int, work: "_Scratch") -> None:
        flat, position, normal = (table.reshape(-1) for table in (work.vertices, work.position, work.normal))
        kernels.place(shape.reshape(3, -1), pose.rotation, pose.translation, pose.lens, position, flat)
        kernels.sum_normals(self._triangles, work.position, work.normal)
        kernels.shade(normal, pose.light, albedo.reshape(3, -1), flat)
        self._fill(work, samples)

    def _fill(self, work: "_Scratch", samples: int) -> None:
        """From vertices to pixels."""
        kernels.snap(work.vertices, work.grid)
        kernels.nearest(self._triangles, False, work.vertices, work.grid, work.keys)
        kernels.resolve(self._triangles, work.vertices, work.keys, samples, work.pixels)

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


class _Pose(NamedTuple):
    """What `kernels` want to know of a face's place and light; `_poses` returns the same with a batch axis."""

    rotation: Float32
    """float32[3, 3]."""
    translation: Float32
    """float32[3], mm."""
    lens: Float32
    """float32[2, 3], into samples."""
    light: Float32
    """float32[10, 3]."""


def _poses(coefficients: Coefficients, camera: Camera, samples: int) -> _Pose:
    count = len(coefficients.expression)
    turns = Rotation.from_rotvec(np.asarray(coefficients.rotation, np.float64).reshape(-1, 3)).as_matrix()
    # Pixel j is split into the columns samples * j + 0 .. samples - 1, as `Camera.scaled` does.
    lens = samples * camera.lens.astype(np.float32) + np.float32((samples - 1) / 2) * np.array(
        [0.0, 0.0, -1.0], np.float32
    )
    light = light_polynomial() @ np.asarray(coefficients.lighting, np.float64)
    parts = (turns, (3, 3)), (coefficients.translation, (3,)), (lens, (2, 3)), (light, (10, 3))
    return _Pose(*(np.broadcast_to(part, (count, *shape)).astype(np.float32) for part, shape in parts))


class _Scratch(NamedTuple):
    """Room for what one thread computes, named as in `kernels`."""

    shapes: Float32
    position: Float32
    normal: Float32
    vertices: Float32
    grid: Int32
    keys: Int64
    pixels: Float32

    @classmethod
    def of(cls, shapes: Float32, skin: Float32, size: tuple[int, int], samples: int) -> "_Scratch":
        """For a mesh whose vertices are skin to the extent float32[V], and pictures of that size (height, width)."""
        position, normal = (np.empty((len(skin), 3), np.float32) for _ in range(2))
        vertices, grid = np.empty((len(skin), 8), np.float32), np.empty((len(skin), 2), np.int32)
        vertices[:, 7] = skin
        keys = np.empty((size[0] * samples, size[1] * samples), np.int64)
        return cls(shapes, position, normal, vertices, grid, keys, np.empty((*size, 5), np.float32))


@contextmanager
def _borrowed(scratch: "SimpleQueue[_Scratch]") -> Iterator[_Scratch]:
    work = scratch.get()
    try:
        yield work
    finally:
        scratch.put(work)


def _check_finite(name: str, values: Any) -> None:
    if not np.isfinite(values).all():
        raise InputError("coefficients", name, "a number that is not finite", "finite numbers")


def _check_count(name: str, rows: Array, faces: int) -> None:
    if len(rows) not in (1, faces):
        raise InputError("faces", name, len(rows), f"1 or {faces}, as there are faces")


def _row(rows: Array, face: int) -> Array:
    """What belongs to a face: the only row, or its own."""
    return rows[face] if len(rows) > 1 else rows[0]


def backgrounds(background: Any) -> Pixels:
    """uint8[B or 1, H or 1, W or 1, 3]."""
    given = np.asarray(background)
    if given.dtype != np.uint8:
        return np.rint(255.0 * given).astype(np.uint8).reshape(1, 1, 1, 3)
    return np.array(given if given.ndim == 4 else given[np.newaxis])


@cache
def linear_levels() -> Float32:
    """Linear light float32[256] of each level of sRGB."""
    levels = np.repeat(np.arange(256, dtype=np.uint8)[:, np.newaxis], 3, 1)
    return colour.to_linear(levels).numpy()[:, 0].copy()


def to_levels(linear: Float32) -> Pixels:
    """Encodes linear RGB float32[..., 3] as sRGB uint8[..., 3], as `colour.to_uint8`, by a table."""
    return srgb_levels()[(np.clip(linear, 0.0, 1.0) * np.float32(65535.0) + np.float32(0.5)).astype(np.int32)]


@cache
def srgb_levels() -> Pixels:
    """Level of sRGB uint8[65536] of linear light in steps of 1/65535."""
    grey = np.linspace(0.0, 1.0, 65536, dtype=np.float32)
    return colour.to_uint8(np.repeat(grey[:, np.newaxis], 3, 1))[:, 0].copy()


@cache
def light_polynomial() -> Float64:
    """float64[10, 9] that makes of lighting the factors of 1, x, y, z, xx, yy, zz, xy, yz, zx in the irradiance.

    The basis functions are polynomials of degree 2, so ten points that determine one determine them.
    """
    axes = np.eye(3)
    points = np.concatenate([np.zeros((1, 3)), axes, -axes, axes + np.roll(axes, 1, 1)])
    x, y, z = points.T
    monomials = np.stack([np.ones(10), x, y, z, x * x, y * y, z * z, x * y, y * z, z * x], -1)
    return np.linalg.solve(monomials, np.stack(polynomials(x, y, z), -1))
