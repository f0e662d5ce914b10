"""Pictures by which a person can judge a fit: the mesh over the photo, and the face that was found in its place."""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from au_tf.fitting.alignment import warp
from au_tf.fitting.landmark_term import LandmarkTerm, Placed
from au_tf.fitting.surface import surface_of
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering import STUDIO, Camera
from au_tf.rendering.batch_renderer import BatchRenderer

Picture = NDArray[np.uint8]

_SIDE = 420
_ROOM = 1.5
"""Side of the part that is shown over the extent of the landmarks."""
_CLAY, _OPACITY = (0.55, 0.52, 0.50), 0.8
_DETECTED, _PROJECTED = (60, 220, 60), (235, 50, 50)


@dataclass(frozen=True, eq=False)
class Overlay:
    """Draws fits over their photos."""

    skin: BatchRenderer
    """Of the face model."""
    clay: BatchRenderer
    """Of the same without any colour, by which shape shows."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Overlay":
        """For fits of a face model."""
        return _overlay(model)

    def panels(self, photo: Picture, face: Coefficients, camera: Camera, landmarks: NDArray[np.floating]) -> Picture:
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
        low, high = landmarks.min(0), landmarks.max(0)
        step = _ROOM * float((high - low).max()) / _SIDE
        corner = (low + high) / 2 - step * (_SIDE - 1) / 2
        part = warp(photo, np.array([[step, 0.0, corner[0]], [0.0, step, corner[1]]]), _SIDE)
        column, row = (np.array(camera.centre) - corner) / step
        view = Camera(camera.focal / step, (float(column), float(row)), _SIDE, _SIDE)
        mesh = self.over(part, [face], view)
        projected = project_landmarks(self.skin.model, face, camera, landmarks)
        for points, colour in ((landmarks, _DETECTED), (projected, _PROJECTED)):
            for place in ((points - corner) / step).tolist():
                cv2.circle(mesh, tuple(round(p) for p in place), 2, colour, -1, cv2.LINE_AA)
        found = self.skin.render(_batch(face), view, background=part).image[0]
        return np.concatenate([part, mesh, found], 1)

    def over(self, photo: Picture, faces: list[Coefficients], camera: Camera) -> Picture:
        """The photo with the meshes of faces drawn over them, as far as they are skin of the face proper."""
        result = photo.astype(np.float32)
        for face in faces:
            drawn = self.clay.render(_batch(replace(face, lighting=STUDIO, albedo=face.albedo[:0])), camera)
            opacity = _OPACITY * drawn.skin[0][..., None]
            result += opacity * (drawn.image[0] - result)
        return np.rint(result).astype(np.uint8)


def project_landmarks(
    model: MorphableModel, face: Coefficients, camera: Camera, landmarks: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Where a fitted face has the 68 landmarks, float64[68, 2]; those of the jaw lie on its outline."""
    term = LandmarkTerm.of(landmarks, surface_of(model).marks, camera)
    shape = np.concatenate([face.identity, face.expression]).astype(np.float64)
    placed = Placed(Rotation.from_rotvec(face.rotation), face.translation.astype(np.float64), shape)
    return term.see(placed, term.outline(placed)).places


@lru_cache(maxsize=1)
def _overlay(model: MorphableModel) -> Overlay:
    grey = np.full_like(model.mean_albedo, _CLAY)
    plain = replace(model, mean_albedo=grey, albedo_basis=model.albedo_basis[:0])
    return Overlay(BatchRenderer(model), BatchRenderer(plain))


def _batch(face: Coefficients) -> Coefficients:
    return Coefficients(**{name: np.asarray(value)[np.newaxis] for name, value in vars(face).items()})
