"""One face drawn by one thread: the kernels in their order, and the room that they work in."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32, Int32, Int64
from au_tf.morphable.detail import chart
from au_tf.morphable.detail.detail import Detail, layers, visible, wanted
from au_tf.morphable.detail.maps import MARKED
from au_tf.rendering.details import NOSE_ROOT, FaceDetail
from au_tf.rendering.finish import BOUNCE, HOLLOW_IRIS, MOUTH_BOUNCE, SKY, TAWNY, WET, Finish, face_light, finish_of
from au_tf.rendering.lighting import BRIGHTER, CAVITY, DARKEST, DIM
from au_tf.rendering.native import finishing, kernels

LIMITS = tuple(np.float32(limit) for limit in (DIM, BRIGHTER, DARKEST))
"""What `kernels.embellish` wants."""
_WHOLE = np.eye(3, dtype=np.float32)
"""Tints of a map that holds colours."""


class PlacedFace(NamedTuple):
    """What the kernels want to know of a face's place and light."""

    rotation: Float32
    """float32[3, 3]."""
    translation: Float32
    """float32[3], mm."""
    lens: Float32
    """float32[2, 3], into samples."""
    light: Float32
    """float32[10, 3]."""


class DetailRoom(NamedTuple):
    """Room for the details of the faces of a model."""

    detail: Detail
    mapped: Int64
    rows: Int32
    patches: Int32
    shares: Float32
    layers: Int32
    folds: Float32

    @classmethod
    def of(cls, detail: Detail, triangles: Int32) -> "DetailRoom":
        """For faces of one model, triangles int32[T, 3]."""
        folds = np.zeros((len(detail.places), 2 + int(layers().max()) + 1), np.float32)
        folds[:, :2] = detail.places
        patched = np.any(detail.shares > 0.0, axis=1)
        rows = np.flatnonzero(patched).astype(np.int32)
        return cls(detail, detail.bits(triangles), rows, detail.patches, detail.shares, layers(), folds)


class Canvas(NamedTuple):
    """Room for what one thread computes, named as in `kernels`."""

    position: Float32
    normal: Float32
    vertices: Float32
    grid: Int32
    keys: Int64
    pixels: Float32
    """float32[H, W, 5], what was drawn last, as `kernels.resolve` writes it."""
    samples: int
    """To a side of each pixel."""
    room: DetailRoom | None
    """For details, if there are any."""
    finish: Finish | None
    """Of the same face model."""

    @classmethod
    def of(cls, fourth: Float32, height: int, width: int, samples: int, detail: Detail | None = None) -> "Canvas":
        """For pictures of that size, and meshes with a fourth channel float32[V] beside linear RGB."""
        count = len(fourth)
        position, normal = (np.empty((count, 3), np.float32) for _ in range(2))
        vertices, grid = np.empty((count, 8), np.float32), np.empty((count, 2), np.int32)
        vertices[:, 7] = fourth
        keys = np.full((height * samples, width * samples), -1, np.int64)
        room, finish = (
            (None, None) if detail is None else (DetailRoom.of(detail, detail.model.triangles), finish_of(detail))
        )
        pixels = np.empty((height, width, 5), np.float32)
        return cls(position, normal, vertices, grid, keys, pixels, samples, room, finish)

    def draw(
        self, triangles: Int32, shape: Float32, albedo: Float32, pose: PlacedFace, skin: FaceDetail | None = None
    ) -> None:
        """Draws a face.

        Args:
          triangles: int32[T, 3].
          shape: float32[3, N], mm, N at least V, in the model's space.
          albedo: float32[3, N], linear RGB.
          pose: of the face.
          skin: its details.
        """
        flat, position, normal = (table.reshape(-1) for table in (self.vertices, self.position, self.normal))
        kernels.place(shape, pose.rotation, pose.translation, pose.lens, position, flat)
        kernels.sum_normals(triangles, self.position, self.normal)
        if self.finish is None:
            kernels.shade(normal, pose.light, albedo, flat)
        else:
            self._finish(pose.light, albedo, self.finish)
        self.fill(triangles)
        if self.room is not None and skin is not None:
            self._embellish(triangles, pose, skin, self.room)

    def _finish(self, light: Float32, albedo: Float32, finish: Finish) -> None:
        """Shades the vertices and gives them their finish."""
        flat, normal = self.vertices.reshape(-1), self.normal.reshape(-1)
        face = face_light(self.position[finish.landmarks].T.tolist(), light.tolist(), finish.rest.tolist())
        kept = np.empty((len(finish.eyes), 3), np.float32)
        forward, eye, half = (np.array(way, np.float32) for way in (face.forward, face.eye, face.half))
        finishing.hollow(finish.eyes, finish.hollow, forward, np.float32(HOLLOW_IRIS), self.normal, kept)
        kernels.shade(normal, light, albedo, flat)
        finishing.restore(finish.eyes, self.normal, kept)
        frame = np.array([face.towards, face.own, face.view, face.lamp, face.mean], np.float32)
        finishing.polish(normal, finish.shade.reshape(-1), finish.gloss.reshape(-1), half, frame, BOUNCE, flat)
        finishing.moisten(finish.eyes, self.normal, finish.shade, WET, TAWNY, eye, frame, self.vertices)
        mouth = np.array([face.across, face.up, face.forward, face.lips[:3], face.lips[3:]], np.float32)
        finishing.darken(finish.inside, finish.sunken, self.position, mouth, SKY, MOUTH_BOUNCE, self.vertices)

    def _embellish(self, triangles: Int32, pose: PlacedFace, skin: FaceDetail, room: DetailRoom) -> None:
        maps = room.detail.maps
        distance = -self.position[room.detail.model.landmarks[NOSE_ROOT], 2]
        level = maps.level(np.hypot(*pose.lens[0, :2]) / self.samples / max(distance, np.float32(1.0)))
        if skin.own is not None:
            marks, tints = skin.own.added[level], _WHOLE
            depths = visible(np.maximum(skin.depths - skin.own.depths, np.float32(0.0)), level)
        else:
            marks = maps.marks[level]
            tints = skin.tints if level < MARKED or marks.any() else np.zeros_like(skin.tints)
            depths = visible(skin.depths, level)
        bits = wanted(depths, tints)
        if not bits:
            return
        kernels.fold(room.rows, room.patches, room.shares, room.layers, depths, room.folds)
        kernels.embellish(
            triangles,
            room.mapped,
            bits,
            self.vertices,
            self.keys,
            self.samples,
            self.position,
            self.normal,
            pose.light,
            room.folds,
            maps.relief[level],
            marks,
            tints,
            np.float32(0.5**level),
            np.float32(chart.PER_MM),
            CAVITY,
            LIMITS,
            self.pixels,
        )

    def fill(self, triangles: Int32) -> None:
        """From vertices to pixels."""
        kernels.snap(self.vertices, self.grid)
        kernels.nearest(triangles, self.vertices, self.grid, self.keys)
        kernels.resolve(triangles, self.vertices, self.keys, self.samples, self.pixels)
