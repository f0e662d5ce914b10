import numpy as np

from au_tf.estimation.landmarks.frontal import INNER_POINTS
from au_tf.estimation.landmarks.landmark_estimator import PLACES, load_landmark_estimator
from au_tf.estimation.landmarks.regions import looked_at
from au_tf.facs import AU_NUMBERS

BROW, LID, CORNER_OF_THE_MOUTH, CHIN = 55, 159, 61, 175


def test_brows_are_looked_for_about_the_eyes_and_smiles_below_them() -> None:
    looked = looked_at(load_landmark_estimator().reference)

    def sees(unit: int, point: int) -> bool:
        (place,) = np.flatnonzero(point == INNER_POINTS)
        return bool(looked[AU_NUMBERS.index(unit), 2 * place : 2 * place + 2].all())

    for unit in (1, 2, 4, 5):
        assert [sees(unit, point) for point in (BROW, LID, CORNER_OF_THE_MOUTH, CHIN)] == [True, True, False, False]
    for unit in (12, 15, 17, 20, 25, 26):
        assert [sees(unit, point) for point in (BROW, CORNER_OF_THE_MOUTH, CHIN)] == [False, True, True]
    # Each sees skin, and no skin is that of a brow and of a mouth.
    skin = looked[:, PLACES:]
    assert (skin.sum(1) > 50).all()
    assert not (skin[AU_NUMBERS.index(4)] & skin[AU_NUMBERS.index(12)]).any()
