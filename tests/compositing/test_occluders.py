"""What lies over a face in a photo stays as it is: glasses drawn on it, hair over the forehead, what hides an eye."""

from typing import NamedTuple

import cv2
import numpy as np
import pytest
from skimage import data

from au_tf.compositing.native.glasses import frame
from au_tf.compositing.native.occluders import _and_beyond
from au_tf.compositing.photo import PhotoCompositor
from au_tf.facs import ACTIONS
from au_tf.fitting.fit import fit_photo
from au_tf.geometry.landmarks import LEFT_EYE, OUTER_LIPS, RIGHT_EYE
from au_tf.morphable.builtin import action_expressions, builtin_face


class Person(NamedTuple):
    photo: np.ndarray
    landmarks: np.ndarray
    compositor: object
    """Makes one of a photo of that face."""


@pytest.fixture(scope="module")
def person() -> Person:
    fit = fit_photo(data.astronaut(), builtin_face())

    def compositor(photo: np.ndarray) -> PhotoCompositor:
        return PhotoCompositor(photo, builtin_face(), fit.coefficients, fit.camera, fit.landmarks)

    return Person(data.astronaut(), fit.landmarks.astype(np.float64), compositor)


def asked(**units: float) -> np.ndarray:
    row = np.array([units.get(name.split("_")[0], 0.0) for name in ACTIONS], np.float32) / 5.0
    return action_expressions(builtin_face(), row)


def with_glasses(person: Person, tone: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The photo with rims and a bridge, and where these are."""
    eyes = person.landmarks[RIGHT_EYE].mean(0), person.landmarks[LEFT_EYE].mean(0)
    across, drawn = eyes[1] - eyes[0], np.zeros(person.photo.shape[:2], np.uint8)
    size, angle = float(np.linalg.norm(across)), float(np.degrees(np.arctan2(across[1], across[0])))
    down = np.array([-across[1], across[0]]) / size

    def whole(point: np.ndarray) -> list[int]:
        return np.rint(16 * np.asarray(point)).astype(int).tolist()

    for eye in eyes:
        axes = whole(size * np.array([0.36, 0.27]))
        cv2.ellipse(drawn, whole(eye + 0.05 * size * down), axes, angle, 0, 360, 255, 1, cv2.LINE_AA, 4)
    middle = sum(eyes) / 2 + 0.03 * size * down
    cv2.line(drawn, whole(middle - 0.14 * across), whole(middle + 0.14 * across), 255, 1, cv2.LINE_AA, 4)
    share = drawn[..., np.newaxis] / 255.0
    return np.rint((1.0 - share) * person.photo + share * np.array(tone)).astype(np.uint8), drawn > 128


@pytest.mark.parametrize("tone", [(40, 35, 35), (215, 160, 40)], ids=["wire", "gold"])
def test_glasses_keep_still_while_the_face_moves(person: Person, tone: tuple[int, int, int]) -> None:
    photo, lines = with_glasses(person, tone)
    made = person.compositor(photo).compose(asked(AU1=5.0, AU2=5.0, AU6=5.0, AU12=5.0)).astype(float)
    assert np.abs(made - photo)[lines].mean() < 4.0
    eyes = np.concatenate([person.landmarks[RIGHT_EYE], person.landmarks[LEFT_EYE]])
    (left, top), (right, bottom) = eyes.min(0).astype(int), eyes.max(0).astype(int)
    assert np.abs(made - photo)[top:bottom, left:right].mean() > 5.0


def test_the_mouth_below_dark_glasses_moves_and_they_do_not(person: Person) -> None:
    eyes, photo = np.stack([person.landmarks[part].mean(0) for part in (RIGHT_EYE, LEFT_EYE)]), person.photo.copy()
    across, size = eyes[1] - eyes[0], float(np.linalg.norm(eyes[1] - eyes[0]))
    for eye in eyes:
        cv2.circle(photo, np.rint(eye).astype(int).tolist(), round(0.33 * size), (12, 14, 16), -1, cv2.LINE_AA)
    ends = np.rint([eyes[0] - 0.9 * across, eyes[1] + 0.9 * across]).astype(int).tolist()
    cv2.line(photo, *ends, (12, 14, 16), round(0.12 * size), cv2.LINE_AA)
    compositor = person.compositor(photo)
    assert compositor.covered == ("right eye", "left eye")
    moved = np.abs(compositor.compose(asked(AU1=5.0, AU2=5.0, AU26=5.0)).astype(int) - photo)
    left, right = np.rint(eyes[:, 0]).astype(int)
    row = int(eyes[:, 1].mean())
    assert moved[row - int(0.3 * size) : row + int(0.3 * size), left:right].max() <= 3
    assert (
        moved[person.landmarks[OUTER_LIPS][:, 1].astype(int), person.landmarks[OUTER_LIPS][:, 0].astype(int)].mean()
        > 15.0
    )


def test_a_bare_face_wears_no_glasses(person: Person) -> None:
    assert not frame(person.photo, person.landmarks).any()


def test_a_cap_over_the_forehead_keeps_still(person: Person) -> None:
    photo = person.photo.copy()
    photo[:82, 170:285] = (25, 30, 45)
    made = person.compositor(photo).compose(asked(AU1=5.0, AU2=5.0)).astype(int)
    np.testing.assert_allclose(made[:79, 170:285], photo[:79, 170:285], atol=2)
    assert np.abs(made - photo)[84:95, 190:260].mean() > 5.0


def test_hair_that_is_as_fair_as_skin_is_hair_if_it_lies_behind_hair() -> None:
    dark = np.zeros((60, 80), np.float32)
    dark[10:14, 20:60] = 1.0
    found = _and_beyond(dark, np.array([40.0, 50.0]))
    assert found[2:13, 32:48].min() > 0.9
    assert found[16:].max() < 0.1


def test_shade_between_nose_and_open_mouth_is_no_hair(person: Person) -> None:
    """The folds of a laugh, from the wings of the nose to the corners of the mouth; hair there would be kept still."""
    photo = person.photo.copy()
    for nostril, corner in ((31, 48), (35, 54)):
        ends = np.rint(person.landmarks[[nostril, corner]]).astype(int).tolist()
        cv2.line(photo, *ends, (60, 30, 25), 4, cv2.LINE_AA)
    compositor = person.compositor(photo)
    top, left = (part.start for part in compositor.part)
    column, row = np.rint(person.landmarks[[57, 8]].mean(0)).astype(int) - (left, top)
    assert compositor.layers.still[row - 8 : row + 8, column - 20 : column + 20].max() == 0.0


def covered_by_skin(person: Person, points: np.ndarray, reach: int) -> np.ndarray:
    """The photo with a patch in the colour of a cheek over some points."""
    area = np.zeros(person.photo.shape[:2], np.uint8)
    cv2.fillConvexPoly(area, cv2.convexHull(np.rint(points).astype(np.int32)), 1)
    column, row = np.rint(person.landmarks[[2, 30]].mean(0)).astype(int)
    photo = person.photo.copy()
    photo[cv2.dilate(area, np.ones((reach, reach), np.uint8)) > 0] = photo[row, column]
    return photo


@pytest.mark.parametrize(
    ("points", "reach", "name"),
    [(RIGHT_EYE, 15, "right eye"), (LEFT_EYE, 15, "left eye"), (OUTER_LIPS, 25, "mouth")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_covered_is_told_and_left_alone(person: Person, points: slice, reach: int, name: str) -> None:
    photo = covered_by_skin(person, person.landmarks[points], reach)
    compositor = person.compositor(photo)
    assert compositor.covered == (name,)
    made = compositor.compose(asked(AU5=5.0, AU25=5.0, AU26=5.0))
    (left, top), (right, bottom) = (edge(person.landmarks[points], 0).astype(int) for edge in (np.min, np.max))
    np.testing.assert_allclose(made[top:bottom, left:right].astype(int), photo[top:bottom, left:right], atol=3)


@pytest.mark.parametrize("grey", [False, True])
def test_nothing_of_a_bare_face_is_covered(person: Person, grey: bool) -> None:
    photo = np.repeat(person.photo.mean(-1, keepdims=True), 3, -1).astype(np.uint8) if grey else person.photo
    assert person.compositor(photo).covered == ()
