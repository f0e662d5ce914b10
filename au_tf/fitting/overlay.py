"""Pictures by which a person can judge a fit: the mesh over the photo, and the face that was found in its place."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float, Float32, Float64, Pixels
from au_tf.fitting.refine.face_surface import surface_of
from au_tf.fitting.refine.landmark_term import LandmarkTerm, Placed
from au_tf.geometry.camera import Camera
from au_tf.geometry.square import Square
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.lighting import AMBIENT, STUDIO
from au_tf.rendering.native.batch_renderer import BatchRenderer

_SIDE = 420
_ROOM = 1.5
"""Side of the part that is shown over the extent of the landmarks."""
_CLAY, _OPACITY = (0.62, 0.60, 0.58), 0.45
_LAMP = np.repeat(STUDIO.mean(1, keepdims=True), 3, 1)
"""Light without colour, in which the clay is seen."""
_LINE, _LINE_OPACITY, _LINE_WIDTH = 255.0, 0.55, 2.0
_GAP_MM, _GAP_PIXELS = 9.0, 10.0
"""Distance of the lines of the mesh that are drawn, at least so many pixels."""
_AXIS, _RADIUS = 60.0, 80.0
"""The upright lines stand about an axis so far behind the mean of the vertices, and are as far apart as the level ones
at the radius, mm."""
_EXTENT = 1000.0
"""Length that places on the face are given as shares of, mm, so that they pass for colours."""
_DOT, _FINE_BITS = 2.6, 4
_DETECTED, _PROJECTED = (60, 220, 60), (235, 50, 50)


@dataclass(frozen=True, eq=False)
class Overlay:
    """Draws fits over their photos."""

    skin: BatchRenderer
    """Of the face model."""
    clay: BatchRenderer
    """Of the same without any colour, by which shape shows."""
    places: BatchRenderer
    """Of the same, coloured by where on the face something is: see `_places`."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Overlay":
        """For fits of a face model."""
        return _overlay(model)

    def panels(self, photo: Pixels, face: Coefficients, camera: Camera, landmarks: Float) -> Pixels:
        """The photo, the mesh over it with the landmarks, and the face that was found in its place, side by side.

        Landmarks are green where the detector and red where the fit has them.

        Args:
          photo: uint8[H, W, 3], sRGB.
          face: what was found, without batch axes.
          camera: that took the photo.
          landmarks: float[68, 2], as detected, (column, row) in pixels.

        Returns:
          uint8[420, 1260, 3].
        """
        square = Square.about(landmarks, _ROOM, _SIDE)
        part, view = square.cut(photo), camera.aligned(square.matrix, _SIDE, _SIDE)
        mesh = self.over(part, [face], view)
        projected = project_landmarks(self.skin.model, face, camera, landmarks)
        for points, colour in ((landmarks, _DETECTED), (projected, _PROJECTED)):
            for place in square.places(points).tolist():
                column, row, radius = (round(p * (1 << _FINE_BITS)) for p in (*place, _DOT))
                cv2.circle(mesh, (column, row), radius, colour, -1, cv2.LINE_AA, _FINE_BITS)
        found = self.skin.render(face[None], view, background=part).image[0]
        return np.concatenate([part, mesh, found], 1)

    def over(self, photo: Pixels, faces: list[Coefficients], camera: Camera) -> Pixels:
        """The photo with the meshes of faces drawn over them, as far as they are skin of the face proper."""
        result = photo.astype(np.float32)
        for face in faces:
            drawn = self.clay.render(face.replace(lighting=_LAMP, albedo=face.albedo[:0])[None], camera)
            lines, skin = self._lines(face, camera), drawn.skin[0][..., None]
            result += _OPACITY * skin * (drawn.image[0] - result)
            result += _LINE_OPACITY * skin * lines[..., None] * (_LINE - result)
        return np.rint(result).astype(np.uint8)

    def _lines(self, face: Coefficients, camera: Camera) -> Float32:
        """How far each pixel shows a line of the mesh, float32[H, W] in [0, 1]."""
        drawn = self.places.render_linear(face.replace(lighting=AMBIENT, albedo=face.albedo[:0])[None], camera)
        pixel = float(-face.translation[2]) / camera.focal
        places = drawn.colour[0, ..., :2] / np.maximum(drawn.colour[0, ..., 3:], 1e-6)
        places = places * (_EXTENT / max(_GAP_MM, _GAP_PIXELS * pixel))
        slopes = np.stack([np.hypot(*np.gradient(places[..., k])) for k in range(2)], -1)
        # Distance from the nearest line, in pixels.
        off = np.abs(places - np.rint(places)) / np.maximum(slopes, 1e-6)
        return np.asarray(np.clip((_LINE_WIDTH + 1.0) / 2.0 - off, 0.0, 1.0).max(-1), np.float32)


def project_landmarks(model: MorphableModel, face: Coefficients, camera: Camera, landmarks: Float) -> Float64:
    """Where a fitted face has the 68 landmarks, float64[68, 2]; those of the jaw lie on its outline."""
    term = LandmarkTerm.of(landmarks, surface_of(model).marks, camera)
    shape = np.concatenate([face.identity, face.expression]).astype(np.float64)
    placed = Placed(Rotation.from_rotvec(face.rotation), face.translation.astype(np.float64), shape)
    return term.see(placed, term.outline(placed)).places


@lru_cache(maxsize=1)
def _overlay(model: MorphableModel) -> Overlay:
    grey = np.full_like(model.mean_albedo, _CLAY)
    plain = replace(model, mean_albedo=grey, albedo_basis=model.albedo_basis[:0])
    return Overlay(
        BatchRenderer(model), BatchRenderer(plain), BatchRenderer(replace(plain, mean_albedo=_places(model)))
    )


def _places(model: MorphableModel) -> Float32:
    """Where each vertex is, float32[N, 3] as a colour: about the head, and up, in shares of `_EXTENT`."""
    x, y, z = (model.mean_shape - model.mean_shape.mean(0)).T
    round_about = _RADIUS * np.arctan2(x, z + _AXIS)
    return (0.5 + np.stack([round_about, y, 0.0 * y], -1) / _EXTENT).astype(np.float32)
