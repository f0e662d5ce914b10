import cv2
import numpy as np
import pytest
from skimage import data

from au_tf.estimation.landmarks.frontal import reference_of
from au_tf.estimation.landmarks.skin import CROP, SIDE, FlatSkin, cropped
from au_tf.fitting.detect.detection import detect_faces


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    dense = detect_faces(data.astronaut())[0].dense
    assert dense is not None
    return dense.astype(np.float64)


@pytest.fixture(scope="module")
def skin(points: np.ndarray) -> FlatSkin:
    return FlatSkin.of(reference_of(points[None]))


def test_a_photo_turned_and_enlarged_has_the_same_crop_and_skin(points: np.ndarray, skin: FlatSkin) -> None:
    photo = data.astronaut()
    matrix = cv2.getRotationMatrix2D((220.0, 120.0), 25.0, 1.6)
    moved = cv2.warpAffine(photo, matrix, (1000, 1000), flags=cv2.INTER_CUBIC)
    places = np.concatenate([points[:, :2] @ matrix[:, :2].T + matrix[:, 2], 1.6 * points[:, 2:]], 1)
    one, other = cropped(photo, points), cropped(moved, places)
    assert one.grey.shape == (CROP, CROP)
    assert other.points == pytest.approx(one.points, abs=0.01)
    first, second = (skin.flat(crop) for crop in (one, other))
    assert np.abs(first.astype(float) - second)[skin.inside].mean() < 4.0
    edges = skin.gradients(np.stack([first, second]))
    assert np.corrcoef(edges)[0, 1] > 0.99


def test_a_photo_much_finer_than_the_crop_is_averaged(points: np.ndarray) -> None:
    photo = cv2.resize(data.astronaut(), None, fx=8, fy=8, interpolation=cv2.INTER_LINEAR)
    rng = np.random.default_rng(0)
    noisy = np.clip(photo + rng.normal(0.0, 40.0, photo.shape), 0, 255).astype(np.uint8)
    large = points * 8 + (3.5, 3.5, 0.0)
    difference = cropped(noisy, large).grey.astype(float) - cropped(photo, large).grey
    assert difference.std() < 8.0


def test_an_upright_fold_is_an_edge_across_in_its_cell_alone(skin: FlatSkin) -> None:
    plain = np.where(skin.inside, 128, 0).astype(np.uint8)[None]
    folded = plain.copy()
    row, column = SIDE // 2 - 4, SIDE // 2 + 4
    folded[0, row - 3 : row + 4, column] = 90
    assert skin.gradients(plain).max() == 0.0
    edges = skin.gradients(folded).reshape(-1, 6)
    strongest = edges.sum(1).argmax()
    # Direction 0 of the gradient is across.
    assert edges[strongest].argmax() == 0
    assert skin.features == edges.size
    assert (edges.sum(1) > 0).sum() <= 4


def test_the_mirrored_skin_has_the_same_edges(points: np.ndarray, skin: FlatSkin) -> None:
    flat = skin.flat(cropped(data.astronaut(), points))
    assert skin.inside[:, ::-1] == pytest.approx(skin.inside, abs=0)
    edges = skin.gradients(np.stack([flat, flat[:, ::-1]]))
    assert edges[1] == pytest.approx(edges[0], abs=1e-4)


def test_brightness_and_contrast_do_not_matter(points: np.ndarray, skin: FlatSkin) -> None:
    flat = skin.flat(cropped(data.astronaut(), points))
    dim = (0.5 * flat + 20).astype(np.uint8)
    edges = skin.gradients(np.stack([flat, np.where(skin.inside, dim, 0).astype(np.uint8)]))
    assert edges[1] == pytest.approx(edges[0], abs=0.12)
