from dataclasses import replace

import numpy as np
import pytest

from au_tf.estimation.landmarks.landmark_estimator import load_landmark_estimator
from au_tf.estimation.landmarks.real_zero import portraits, zeroed
from au_tf.facs import AU_NUMBERS


def test_what_real_faces_are_misread_by_is_taken_away_as_far_as_people_do_not_differ_by_it() -> None:
    estimator = load_landmark_estimator()
    level = np.full(12, 1e-9)
    shifted = replace(estimator, level=level, alone_bias=estimator.alone_bias + 3.0)
    # People who do not differ: all of what is misread goes, whatever it was.
    first, second = zeroed(replace(estimator, level=level)), zeroed(shifted)
    absent = np.array([any(number not in portrait.shown for portrait in portraits()) for number in AU_NUMBERS])
    assert second.alone_bias[absent] == pytest.approx(first.alone_bias[absent], abs=1e-6)
    assert second.alone_bias[~absent] == pytest.approx(first.alone_bias[~absent] + 3.0, abs=1e-6)
    # Of two portraits a level as large as the prior leaves a third.
    half = zeroed(replace(estimator, level=np.ones(12)))
    taken = (estimator.alone_bias - half.alone_bias) / (estimator.alone_bias - first.alone_bias)
    assert taken[AU_NUMBERS.index(9)] == pytest.approx(2.0 / 3.0)
    # AU6, 25 and 26 are absent in one of them.
    assert taken[AU_NUMBERS.index(25)] == pytest.approx(1.0 / 2.0)
