import numpy as np
import pytest

from au_tf.au_statistics import (
    CORRELATION,
    FRAMES,
    FRAMES_AT_INTENSITY,
    FRAMES_WITHOUT_AU,
    sample_intensities,
)


@pytest.fixture(scope="module")
def drawn():
    return sample_intensities(200_000, np.random.default_rng(0))


def test_each_intensity_is_as_frequent_as_in_disfa(drawn):
    found = np.stack([(drawn == level).mean(0) for level in range(1, 6)], 1)
    expected = FRAMES_AT_INTENSITY / FRAMES
    # Five standard errors of a share over 200,000 draws.
    assert np.all(np.abs(found - expected) < 5 * np.sqrt(expected / 200_000) + 1e-9)


def test_action_units_come_together_as_in_disfa(drawn):
    shown = drawn > 0
    assert (~shown.any(1)).mean() == pytest.approx(FRAMES_WITHOUT_AU / FRAMES, abs=0.01)
    # The paper: AU1 comes with about 90% of AU2, AU25 with about 97% of AU26.
    assert shown[shown[:, 1], 0].mean() == pytest.approx(0.90, abs=0.01)
    assert shown[shown[:, 11], 10].mean() == pytest.approx(0.97, abs=0.01)
    above = np.triu_indices(12, 1)
    assert np.abs(np.corrcoef(drawn.T) - CORRELATION)[above].mean() < 0.15
