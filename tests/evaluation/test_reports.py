import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from au_tf.evaluation.metrics import Agreement
from au_tf.evaluation.protocols.same_label import Diversity, Identity
from au_tf.evaluation.quality import Quality, Range, Response
from au_tf.evaluation.reports import plots
from au_tf.evaluation.reports.quality_report import quality_csv, quality_report
from au_tf.evaluation.reports.table1_report import Heading, averages, report, table_csv
from au_tf.evaluation.reports.text_tables import comma_separated, figure, markdown
from au_tf.evaluation.scores import PAPER, Scores, paper_ratio
from au_tf.facs import AU_NAMES

NAN = float("nan")
HEADING = Heading("simulated DISFA", "simulated_disfa/coefficients_paper", "test", 25, 2, 12345, '"paper"', "au-tf x")


def agreement(mae, mse, rho):
    """The same for all Action Units, but AU5 without a correlation."""
    correlation = np.full(12, rho)
    correlation[3] = np.nan
    return Agreement(np.full(12, mae), np.full(12, mse), correlation, correlation / 2)


@pytest.fixture(scope="module")
def scores():
    errors = {
        ("Real", 0): (0.5, 0.6),
        ("Linear", 0): (0.4, 0.9),
        ("CAAE*", 0): (0.3, 0.3),
        ("Real", 4): (0.4, 0.5),
        ("Linear", 4): (0.4, 0.8),
        ("CAAE*", 4): (0.28, 0.3),
    }
    return Scores.of(
        {
            key: {"SVR": agreement(mae, mse, 0.5), "OSVR": agreement(mae / 2, mse / 2, 0.25)}
            for key, (mae, mse) in errors.items()
        }
    )


@pytest.fixture(scope="module")
def qualities():
    found = np.arange(6)[None, :, None] * (np.eye(12) + 0.1)[:, None]
    made = Quality(
        Response(found), Response(found / 2), Identity(1, 2, 0.5, 0.25), Identity(1, 4, 1, 0.25), Diversity(1, 3),
        Range(0.125, 0.5),
    )  # fmt: skip
    real = made._replace(estimated=None, measured=None, diversity=Diversity(2, 4))
    return {("Real", 0): real, ("Linear", 0): made}


def test_figures_by_hand():
    # Of 1, 2 and 6: mean 3, variance (4 + 1 + 9) / 2.
    assert figure([1, 2, 6]) == "3.000 ± 2.646" and figure([0.125], 2) == "0.12" and figure([1, NAN]) == "–"  # noqa: RUF001


def test_markdown_is_aligned():
    assert markdown(["", "MAE"], [["Real", "0.5"], ["CAAE*", "10.25"]]).splitlines() == [
        "|       |   MAE |",
        "| ----- | ----: |",
        "| Real  |   0.5 |",
        "| CAAE* | 10.25 |",
    ]


def test_csv_leaves_empty_what_is_not_defined():
    assert comma_separated(("a", "b"), [("x, y", NAN), (1, 0.5)]) == b'a,b\n"x, y",\n1,0.5\n'


def test_the_papers_table_is_that_of_the_paper():
    assert PAPER["CAAE*", "SVR", "mae"] == 0.395 and PAPER["CGAN*", "SVR", "mse"] == 1.13
    assert PAPER["CAAE*", "OSVR", "mse"] == 0.344 and len(PAPER) == 40
    # What the project aims at for CAAE*.
    ratios = [paper_ratio("CAAE*", estimator, metric) for estimator in ("SVR", "OSVR") for metric in ("mae", "mse")]
    assert [round(ratio, 2) for ratio in ratios] == [0.81, 0.68, 0.85, 0.71]
    assert paper_ratio("Linear", "SVR", "mae") is None


def test_averages_stand_beside_the_papers(scores):
    # Multiples are of the same seed: 0.4 / 0.5 and 0.4 / 0.4 for the row Linear.
    assert averages(scores, "SVR").splitlines()[2:] == [
        "| Real   | 0.450 ± 0.071 | 1.00 ± 0.00 | 0.489 |    1.00 | 0.550 ± 0.071 | 1.00 ± 0.00 | 0.549 |    1.00 "
        "| 0.250 ± 0.000 | 0.500 ± 0.000 |",
        "| Linear | 0.400 ± 0.000 | 0.90 ± 0.14 |     – |       – | 0.850 ± 0.071 | 1.55 ± 0.07 |     – |       – "  # noqa: RUF001
        "| 0.250 ± 0.000 | 0.500 ± 0.000 |",
        "| CAAE*  | 0.290 ± 0.014 | 0.65 ± 0.07 | 0.395 |    0.81 | 0.300 ± 0.000 | 0.55 ± 0.07 | 0.374 |    0.68 "
        "| 0.250 ± 0.000 | 0.500 ± 0.000 |",
    ]


def test_report_says_what_it_is_of(scores):
    text = report(HEADING, scores)
    assert text.startswith("# Table 1 on simulated DISFA\n\nMade by\n\n    au-tf x\n")
    flowing = " ".join(text.split())
    for words in ("of 25 people", "2 test people", "12,345 labels", "Seeds 0, 4; mean ± standard deviation"):
        assert words in flowing
    assert text.count("| Linear |") == 2 + 2 * 4
    # A line of the table of PCC by SVR: AU5, the fourth, has none.
    assert "| Linear | 0.50 | 0.50 | 0.50 |   – | 0.50 |" in text  # noqa: RUF001


def test_report_tells_the_better_reading_of_soft_labels(scores):
    # Multiples of Real: MAE 0.9, MSE 1.55 for the row Linear, 0.65 and 0.55 for CAAE*, the same by both estimators.
    named = replace(scores, rows=("Real", "CAAE* normal", "CAAE* uniform"))
    assert (
        "Of the readings of eq. 11, uniform is the better for CAAE*: the mean of its multiples of Real, MAE and MSE by "
        "both, is 1.225 (normal) and 0.600 (uniform)." in " ".join(report(HEADING, named).split())
    )
    assert "eq. 11" not in report(HEADING, scores)


def test_csv_of_the_table_has_everything(scores):
    table = pd.read_csv(io.BytesIO(table_csv(scores)))
    assert len(table) == 3 * 2 * 2 * 4 * 12 and list(table.unit.unique()) == list(AU_NAMES)
    means = table[table.estimator == "OSVR"].pivot_table(index=["row", "seed"], columns="metric", values="value")
    assert means.loc["CAAE*", 4].to_dict() == pytest.approx({"mae": 0.14, "mse": 0.15, "pcc": 0.25, "icc": 0.125})
    assert table[table.unit == "AU5"].value.isna().sum() == 3 * 2 * 2 * 2


def test_quality_in_figures(qualities):
    text = quality_report(HEADING, qualities)
    # Asked at 5: 5.5 is found of it and 0.5 of the others, steps of 1.1; half of it over the mesh.
    rows = [line for line in text.splitlines() if line.startswith(("| Real", "| Linear"))]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert cells == [
        ["Linear", "100", "1.10", "5.50", "0.500", "0.091"],
        ["Linear", "100", "0.55", "2.75", "0.250", "0.091"],
        *([row, "1.00", "2.00", "0.50", "50", "25"] for row in ("Real", "Linear")),
        *([row, "1.00", "4.00", "0.25", "100", "25"] for row in ("Real", "Linear")),
        ["Real", "2.00", "1.00", "4.00", "1.00"],
        ["Linear", "1.00", "0.50", "3.00", "0.75"],
        *([row, "12.50", "0.5000"] for row in ("Real", "Linear")),
    ]


def test_quality_says_where_frames_are_too_few(qualities):
    nowhere = {
        key: quality._replace(diversity=quality.diversity._replace(between=np.nan, total=np.nan))
        for key, quality in qualities.items()
    }
    told = quality_report(HEADING, nowhere).split("## Diversity")[1].split("## Range")[0]
    assert "|" not in told and told.rstrip().endswith("There are too few such frames.")


def test_csv_of_the_quality_has_the_matrices(qualities):
    table = pd.read_csv(io.BytesIO(quality_csv(qualities)))
    assert table[table.measure == "svr_response"].shape[0] == 12 * 6 * 12
    one = table[(table.measure == "mesh_response") & (table.asked == "AU12") & (table.intensity == 3)]
    assert one.set_index("unit").value["AU12"] == pytest.approx(1.65) and one.value.sum() == pytest.approx(3.3)
    scalars = table[table.asked.isna()].set_index(["row", "measure"]).value
    assert scalars["Linear", "svr_leakage"] == pytest.approx(0.5) and np.isnan(scalars["Real", "svr_leakage"])


def test_pictures_show_something(scores, qualities):
    estimated = lambda quality: quality.estimated  # noqa: E731
    for png in (
        plots.plot_table(scores, "a"),
        plots.plot_leakage(qualities, estimated, "b"),
        plots.plot_responses(qualities, estimated, "c"),
    ):
        picture = np.asarray(Image.open(io.BytesIO(png)).convert("L"))
        assert min(picture.shape) > 300 and 0.01 < (picture < 200).mean() < 0.6
