"""Hair drawn over faces: ribbons that turn to the camera, in front of what they are nearer than."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Array, Float32, Int32, Int64, UInt8
from au_tf.geometry.pose import Pose
from au_tf.morphable.hair.wearing import FittedGroom
from au_tf.rendering.native import ribbons
from au_tf.rendering.native.canvas import Canvas, PlacedFace

_LIGHTER = 0.25
"""How much lighter tips are than roots."""


class Worn(NamedTuple):
    """A piece of a person's hair."""

    fitted: FittedGroom
    colour: Float32
    """float32[3], linear RGB reflectance."""
    gloss: float
    """How much of a lamp it mirrors."""


class Strands(NamedTuple):
    """The hair of one person, at rest."""

    points: Float32
    """float32[N, 3], mm, in the model's space, strand by strand."""
    home: Float32
    """float32[S, 3], mm, where the roots are without expression."""
    roots: Int32
    """int32[S, K], vertices of the model about each root."""
    shares: Float32
    """float32[S, K], of them."""
    strand: Int32
    """int32[N], which strand each point belongs to."""
    half: Float32
    """float32[N], mm, half the width."""
    out: Float32
    """float32[N, 3], unit vectors out of the mass of hair."""
    colour: Float32
    """float32[N, 3], linear RGB reflectance."""
    gloss: Float32
    """float32[N], how much of the lamp is mirrored."""
    thin: UInt8
    """uint8[N], 1 for single hairs: what is narrower than a sample lets what is behind shine through."""
    triangles: Int32
    """int32[M, 3], of corners 2 n and 2 n + 1, left and right of point n."""

    @classmethod
    def of(cls, worn: Iterable[Worn], mean: Float32, shape: Float32) -> Self:
        """Joins all that a person wears.

        Args:
          worn: one piece or more.
          mean: float32[V, 3], the model's mean shape, mm.
          shape: float32[V, 3], the person's, without expression.
        """
        parts: list[tuple[Array, ...]] = []
        strands = points = 0
        for fitted, colour, gloss in worn:
            groom = fitted.groom
            places, home = fitted.worn(mean, shape)
            tint = groom.shade[:, None] * (1.0 + _LIGHTER * groom.along[:, None] * (not groom.thin)) * colour
            parts.append((
                places, home, fitted.roots, fitted.shares, groom.strand + strands, groom.half, groom.out, tint,
                gloss * groom.shade, np.full(len(places), groom.thin, np.uint8), _ribbons(groom.strand) + 2 * points,
            ))  # fmt: skip
            strands, points = strands + len(home), points + len(places)
        joined = (np.concatenate(column) for column in zip(*parts, strict=True))
        kinds = {"f": np.float32, "i": np.int32, "u": np.uint8}
        return cls(*(np.ascontiguousarray(part, kinds[part.dtype.kind]) for part in joined))

    def placed(self, pose: Pose) -> Self:
        """Before the camera."""
        turn = pose.matrix.astype(np.float32)
        points, home = (np.ascontiguousarray(pose.apply(part), np.float32) for part in (self.points, self.home))
        return self._replace(points=points, home=home, out=np.ascontiguousarray(self.out @ turn.T))


def _ribbons(strand: Int32) -> Int32:
    """int32[M, 3], two triangles between each two points of a strand."""
    first = np.flatnonzero(strand[:-1] == strand[1:])
    a, b, c, d = 2 * first, 2 * first + 1, 2 * first + 2, 2 * first + 3
    return np.stack([a, b, d, a, d, c], -1).reshape(-1, 3).astype(np.int32)


class HairCanvas(NamedTuple):
    """Room for the hair of one face."""

    vertices: Float32
    keys: Int64
    shift: Float32
    share: Float32
    """float32[H, W], how far each pixel of what was drawn last shows hair."""

    @classmethod
    def of(cls, hair: Sequence[Strands | None] | None, canvas: Canvas) -> "HairCanvas | None":
        """For any of these, over the pictures of a canvas; None if there is none."""
        if hair is None:
            return None
        points, strands = (max((len(part[k]) for part in hair if part), default=0) for k in (0, 1))
        return cls(
            np.empty((2 * points, 8), np.float32),
            np.empty_like(canvas.keys),
            np.empty((strands, 3), np.float32),
            np.zeros(canvas.pixels.shape[:2], np.float32),
        )

    def draw(self, canvas: Canvas, hair: Strands | None, shape: Float32, pose: PlacedFace) -> None:
        """Draws hair over the face that has just been drawn.

        Args:
          canvas: holds the face; its pixels are changed.
          hair: of the person.
          shape: float32[3, N], mm, of the face, with expression.
          pose: of the face.
        """
        self.share[:] = 0.0
        if hair is None:
            return
        vertices, shift = self.vertices[: 2 * len(hair.points)], self.shift[: len(hair.home)]
        ribbons.follow(hair.roots, hair.shares, hair.home, shape, shift)
        ribbons.comb(
            hair.points, hair.strand, shift, hair.half, hair.out, hair.colour, hair.gloss, hair.thin,
            pose.rotation, pose.translation, pose.lens, pose.light, *_sun(pose.light), canvas.keys, vertices,
        )  # fmt: skip
        ribbons.fill(hair.triangles, vertices, canvas.keys, self.keys)
        ribbons.lay_over(hair.triangles, vertices, self.keys, canvas.keys, canvas.samples, canvas.pixels, self.share)


def _sun(light: Float32) -> tuple[Float32, Float32]:
    """Where most light comes from, a unit vector float32[3], and what a surface turned to it receives, float32[3]."""
    towards = light[1:4] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    towards = towards / max(float(np.linalg.norm(towards)), 1e-6)
    x, y, z = towards
    monomials = np.array([1, x, y, z, x * x, y * y, z * z, x * y, y * z, z * x], np.float32)
    return towards.astype(np.float32), np.maximum(monomials @ light, 0.0).astype(np.float32)
