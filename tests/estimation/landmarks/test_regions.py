import numpy as np

from au_tf.estimation.landmarks.blendshapes import SHAPES
from au_tf.estimation.landmarks.frontal import INNER_POINTS
from au_tf.estimation.landmarks.landmark_estimator import PLACES, load_landmark_estimator
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.estimation.landmarks.regions import strengths
from au_tf.facs import AU_NUMBERS

BROW, LID, CORNER_OF_THE_MOUTH, CHIN = 55, 159, 61, 175


def _looked(alone: bool) -> np.ndarray:
    return np.isfinite(strengths(load_landmark_estimator().reference, LandmarkTraining(), alone))


def test_brows_are_looked_for_about_the_eyes_and_smiles_below_them() -> None:
    looked = _looked(alone=False)

    def sees(unit: int, point: int) -> bool:
        (place,) = np.flatnonzero(point == INNER_POINTS)
        return bool(looked[AU_NUMBERS.index(unit), 2 * place : 2 * place + 2].all())

    for unit in (1, 2, 4, 5):
        assert [sees(unit, point) for point in (BROW, LID, CORNER_OF_THE_MOUTH, CHIN)] == [True, True, False, False]
    for unit in (12, 15, 17, 20, 25, 26):
        assert [sees(unit, point) for point in (BROW, CORNER_OF_THE_MOUTH, CHIN)] == [False, True, True]
    # Each sees skin, and no skin is that of a brow and of a mouth.
    skin = looked[:, PLACES : -len(SHAPES)]
    assert (skin.sum(1) > 50).all()
    assert not (skin[AU_NUMBERS.index(4)] & skin[AU_NUMBERS.index(12)]).any()


def test_how_a_strangers_brows_and_lids_lie_tells_nothing() -> None:
    looked = _looked(alone=True)
    for unit in (1, 2, 5):
        assert not looked[AU_NUMBERS.index(unit), : -len(SHAPES)].any()
    assert looked[AU_NUMBERS.index(4), :PLACES].any()


def test_each_blendshape_tells_of_the_action_units_whose_movement_it_is() -> None:
    for alone in (False, True):
        told = _looked(alone)[:, -len(SHAPES) :]
        assert told.any(1).all()
        assert [tuple(np.array(AU_NUMBERS)[column]) for column in told.T] == [units for _, _, units in SHAPES]
