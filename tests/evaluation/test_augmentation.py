"""Fig. 5: errors against the number of pictures added."""

import io

import numpy as np
import pandas as pd
import pytest

from au_tf.evaluation.metrics import Agreement, mae_by_intensity
from au_tf.evaluation.protocols.augmentation import NONE, Curve, Point, curve_csv, paper_change, plot_curve, report

LABELS = np.random.default_rng(0).integers(0, 6, (50, 12))


def point(policy, added, seed, error):
    return Point(policy, added, seed, Agreement.of(LABELS, LABELS + error), mae_by_intensity(LABELS, LABELS + error))


@pytest.fixture
def curve():
    """Errors of 1.0 and 2.0 with nothing added; with more, nine and eight tenths of them."""
    points = [point(NONE, 0, seed, 1.0 + seed) for seed in (0, 1)]
    for policy, factor in (("paper", 0.9), ("balanced", 0.8)):
        points += [point(policy, n, seed, factor * (1.0 + seed)) for seed in (1, 0) for n in (214, 929)]
    return Curve(1000, points)


def test_changes_are_to_the_run_of_the_same_seed(curve):
    assert curve.policies == ["paper", "balanced"] and curve.added("paper") == [0, 214, 929]
    np.testing.assert_allclose(curve.errors("paper", 0, "mae"), [1.0, 2.0])
    np.testing.assert_allclose(curve.errors("balanced", 214, "mse"), [0.64, 2.56])
    np.testing.assert_allclose(curve.changes("paper", 929, "mae"), [-0.1, -0.1])
    np.testing.assert_allclose(curve.changes("balanced", 929, "mse"), [-0.36, -0.36])


def test_the_papers_changes_stand_where_it_names_them():
    # From 0.603 to 0.543 and from 1.001 to 0.753 by 30,000 more than 140,000.
    assert paper_change(214, 1000, "mae") == pytest.approx(0.543 / 0.603 - 1)
    assert paper_change(214, 1000, "mse") == pytest.approx(0.753 / 1.001 - 1)
    assert paper_change(929, 1000, "mae") is None and paper_change(0, 1000, "mae") is None


def test_report_and_table_hold_all(curve):
    text = report(curve, "simulated DISFA", "How.", "au-tf evaluate augmentation")
    lines = [line for line in text.splitlines() if line.startswith("| paper ") and " 214 " in line]
    errors, by_intensity = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
    assert errors == [
        "paper", "214", "21%", "1.350 ± 0.636", "-10.0 ± 0.0 %", "-10 %", "2.025 ± 1.718", "-19.0 ± 0.0 %", "-25 %",
    ]  # fmt: skip
    # Off by the same everywhere, and so at every intensity; ICC and PCC do not see it.
    assert by_intensity == ["paper", "214", *["1.350 ± 0.636"] * 3, *["1.000 ± 0.000"] * 2]
    table = pd.read_csv(io.BytesIO(curve_csv(curve)))
    assert len(table) == 10 * (12 * 4 + 3) and set(table.labels) == {"none", "paper", "balanced"}
    chosen = table[(table.labels == "paper") & (table.metric == "mae") & (table.seed == 1)]
    np.testing.assert_allclose(chosen.value, 1.8)


def test_it_is_drawn(curve):
    assert plot_curve(curve, "Fig. 5").startswith(b"\x89PNG")
