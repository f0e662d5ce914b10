import numpy as np
import pandas as pd
import pytest

from au_tf.errors import InputError
from au_tf.faces.reading_tools import PROTOTYPES, above_baseline, emotions, peaks, resampled
from au_tf.facs import AU_NUMBERS

COLUMNS = [f"AU{number:02d}_r" for number in AU_NUMBERS]


def film(intensities: np.ndarray, rate: float = 10.0, face: int = 0) -> pd.DataFrame:
    table = pd.DataFrame(intensities, columns=COLUMNS)
    count = np.arange(len(table))
    return table.assign(source="talk.mp4", frame=count + 1, face_id=face, timestamp=count / rate, success=1)


def test_a_pose_is_most_like_itself() -> None:
    posed = np.array([[5.0 * (number in units) for number in AU_NUMBERS] for units in PROTOTYPES.values()])
    found = emotions(film(np.concatenate([posed, np.full((1, 12), np.nan)])))
    scores = found[list(PROTOTYPES)].to_numpy()
    assert np.diag(scores) == pytest.approx(1.0)
    assert (scores[:-1].max(1) == pytest.approx(1.0)) and np.isnan(scores[-1]).all()
    # Fear has all of surprise, and no other pose has all of another.
    whole = {(a, b) for a in PROTOTYPES for b in PROTOTYPES if a != b and set(PROTOTYPES[b]) <= set(PROTOTYPES[a])}
    assert whole == {("fear", "surprise")}


def test_a_smile_of_half_a_second_has_one_peak() -> None:
    intensities = np.zeros((30, 12))
    # A triangle that rises from 1.0 s to 4 at 1.5 s and falls to 2.0 s: half of it from 1.25 s to 1.75 s.
    intensities[:, 6] = np.maximum(4.0 - 8.0 * np.abs(np.arange(30) / 10.0 - 1.5), 0.0)
    intensities[:, 2] = 0.4
    (row,) = peaks(film(intensities)).itertuples()
    assert (row.au, row.apex, row.intensity) == (12, 1.5, 4.0)
    assert (row.onset, row.offset) == pytest.approx((1.25, 1.75))


def test_what_the_film_ends_with_is_a_peak_too() -> None:
    intensities = np.zeros((10, 12))
    intensities[5:, 0] = np.arange(1, 6) / 2.0
    (row,) = peaks(film(intensities)).itertuples()
    assert (row.au, row.apex, row.offset) == (1, 0.9, pytest.approx(0.9))


def test_each_face_has_its_own_times() -> None:
    rising = np.linspace(0.0, 2.0, 5)[:, None] * np.ones(12)
    both = pd.concat([film(rising), film(2 * rising, face=1)], ignore_index=True)
    found = resampled(both, 20.0)
    assert found.groupby("face_id").size().tolist() == [9, 9]
    assert found.loc[found["face_id"] == 1, "AU04_r"].to_numpy() == pytest.approx(np.linspace(0.0, 4.0, 9))
    with pytest.raises(InputError, match="rate"):
        resampled(both, 0.0)


def test_what_a_face_always_shows_is_its_baseline() -> None:
    rng = np.random.default_rng(0)
    shown = rng.uniform(1.0, 3.0, (40, 12)) * (rng.random((40, 12)) < 0.5)
    lifted = above_baseline(pd.concat([film(shown), film(shown + 1.0, face=1)], ignore_index=True))
    assert lifted[COLUMNS].to_numpy() == pytest.approx(np.tile(shown, (2, 1)), abs=1e-9)
    with pytest.raises(InputError, match="share"):
        above_baseline(lifted, 2.0)
