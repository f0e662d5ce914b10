"""Table 2: estimators that read pictures."""

import numpy as np

from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.protocols.table2 import DRAWN, examine_pictures, report
from au_tf.evaluation.reports.plots import plot_table
from au_tf.evaluation.scores import HOG, OPENFACE, PAPER, Scores, paper_ratio


class Reader:
    """Takes the first pixels of a picture for its intensities, and sees no face where the last is white."""

    def __init__(self, offset):
        self.offset = offset

    def estimate(self, pictures):
        rows = pictures.reshape(len(pictures), -1)
        values = rows[:, :12].astype(np.float32) + self.offset
        values[rows[:, -1] == 255] = np.nan
        return values


def test_estimates_are_held_against_labels_over_blocks_of_any_size():
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 5, (20, 4, 4, 3)).astype(np.uint8)
    labels = pictures.reshape(20, 48)[:, :12]
    pictures[3, -1, -1, -1] = 255
    told = []
    found = examine_pictures([pictures[:7], pictures[7:]], labels, {"a": Reader(0), "b": Reader(0.5)}, told.append)
    assert told == [7, 13] and found["a"].means["mae"] == 0
    expected = Agreement.of(np.delete(labels, 3, 0), np.delete(labels, 3, 0) + 0.5)
    np.testing.assert_allclose(found["b"].mse, expected.mse)


def test_the_papers_figures_stand_beside_ours(tmp_path):
    # Table 2 as printed.
    assert PAPER["CAAE*", HOG, "mae"] == 0.330 and PAPER["CGAN", OPENFACE, "mse"] == 0.661
    assert round(paper_ratio("CAAE", HOG, "mse"), 3) == round(0.645 / 0.336, 3)
    labels = np.random.default_rng(1).integers(0, 6, (30, 12))
    rows = {"Real": 0.1, DRAWN: 0.2, "CAAE*": 0.3}
    found = {(row, seed): {HOG: Agreement.of(labels, labels + off)} for row, off in rows.items() for seed in (0, 1)}
    scores = Scores.of(found, (HOG,))
    assert {record[1] for record in scores.records()} == {HOG}
    text = report("simulated DISFA", "x/frames", "300 pictures", 30, "quick", "au-tf evaluate table2", scores)
    line = next(line for line in text.splitlines() if line.startswith("| CAAE*"))
    assert [cell.strip() for cell in line.split("|")[2:6]] == ["0.300 ± 0.000", "3.00 ± 0.00", "0.330", "1.05"]
    assert plot_table(scores, "Table 2").startswith(b"\x89PNG")
