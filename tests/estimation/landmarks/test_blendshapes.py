import numpy as np
import pytest
from skimage import data

from au_tf.estimation.landmarks import blendshapes
from au_tf.fitting.detect.detection import detect_faces


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    dense = detect_faces(data.astronaut())[0].dense
    assert dense is not None
    return np.asarray(dense)[np.newaxis]


def test_the_network_says_what_googles_own_file_says(points: np.ndarray) -> None:
    """Of these landmarks `face_blendshapes.tflite`, run by its interpreter, has these outputs."""
    told = {4: 0.08543, 5: 0.06848, 19: 0.32423, 20: 0.27308, 44: 0.90301, 45: 0.91103, 48: 0.53737, 49: 0.56981}
    given = points[:, list(blendshapes.POINTS), :2].astype(np.float32)
    said = 1.0 / (1.0 + np.exp(-blendshapes.logits(given, blendshapes.weights())[0]))
    assert said[list(told)] == pytest.approx(list(told.values()), abs=0.01)
    assert np.abs(said).sum() < 9.0


def test_a_smile_is_a_smile_whatever_the_size_and_place_of_the_face(points: np.ndarray) -> None:
    seen = blendshapes.described(points)[0]
    moved = blendshapes.described(points * (3.0, 3.0, 1.0) + (40.0, -20.0, 0.0))[0]
    names = [name for name, _, _ in blendshapes.SHAPES]
    assert moved == pytest.approx(seen, abs=1e-3)
    assert seen[names.index("mouthSmile")] > 0.9 > 0.2 > seen[names.index("mouthFrown")]


def test_many_faces_are_described_as_each_by_itself(points: np.ndarray) -> None:
    several = np.concatenate([points, points + np.random.default_rng(0).normal(0.0, 1.0, points.shape)])
    together = blendshapes.described(several)
    assert together.shape == (2, len(blendshapes.SHAPES))
    assert together[1] == pytest.approx(blendshapes.described(several[1:])[0], abs=1e-4)
