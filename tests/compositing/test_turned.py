"""Faces that are turned away: what leaves their outline is background, without tearing or spilling."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from skimage import data

from au_tf.compositing.photo import PhotoCompositor
from au_tf.errors import InputError
from au_tf.faces.expressive import Face
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import fit_photo
from au_tf.morphable.builtin import action_expressions, builtin_face
from au_tf.rendering.framing import face_vertices, frontal_camera, portrait
from au_tf.rendering.native.renderer import render_face

GREEN = (0.1, 0.9, 0.1)
CAMERA = frontal_camera(320)


def asked(**units: float) -> np.ndarray:
    row = np.array([units.get(name.split("_")[0], 0.0) for name in ACTIONS], np.float32) / 5.0
    return action_expressions(builtin_face(), row)


def green(picture: np.ndarray) -> np.ndarray:
    return picture[..., 1] > 1.6 * picture[..., 0].astype(float)


@pytest.mark.parametrize("yaw", [0.0, 40.0, 55.0])
@pytest.mark.parametrize("units", [{"AU25": 5.0, "AU26": 5.0}, {"AU6": 5.0, "AU12": 5.0}], ids=["open", "smile"])
def test_a_turned_face_fills_the_outline_of_its_render(yaw: float, units: dict[str, float]) -> None:
    model, face = builtin_face(), portrait(builtin_face(), yaw=yaw)
    photo = render_face(model, face, CAMERA, background=GREEN)
    landmarks = CAMERA.project(face_vertices(model, face))[model.landmarks, :2]
    made = PhotoCompositor(photo, model, face, CAMERA, landmarks).compose(asked(**units))
    expected = green(render_face(model, face.with_expression(asked(**units)), CAMERA, background=GREEN))
    outside = ndimage.binary_erosion(expected, iterations=3)
    spilt, missing = (~green(made))[outside], green(made)[ndimage.binary_erosion(~expected, iterations=3)]
    assert spilt.sum() < 0.001 * (~expected).sum()
    assert missing.sum() < 0.003 * (~expected).sum()


def test_a_profile_is_refused() -> None:
    photo = data.astronaut()
    fit = fit_photo(photo, builtin_face())
    turned = replace(portrait(builtin_face(), yaw=70.0), translation=fit.coefficients.translation)
    face = replace(Face.from_photo(photo), coefficients=turned)
    with pytest.raises(InputError, match="turned away by"):
        _ = face.neutral().photo
