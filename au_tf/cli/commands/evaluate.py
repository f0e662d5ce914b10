"""`au-tf evaluate`: the tables of the paper, on a data set that need not be the paper's."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

import au_tf
from au_tf.cli.given import Given, takes
from au_tf.cli.parameters import BUILTIN, DataDir, FaceModel, Out
from au_tf.pipelines.table_config import AugmentationCurveConfig, Table1Config, Table2Config

Pictures = Annotated[str, Parameter(metavar="NAME", help="A data set with pictures, frames_*.")]
Recordings = Annotated[
    str | None,
    Parameter(
        metavar="NAME",
        help="A data set of the same people from whose split train the generators learn, such as "
        "simulated_disfa/coefficients_paper (default: the one with pictures).",
    ),
]
DATA_SET, PICTURES = "simulated_disfa", "simulated_disfa/frames_paper_small"


@takes({"Table": Table1Config()})
def table1(
    *,
    out: Out,
    dataset: Annotated[str, Parameter(metavar="NAME")] = DATA_SET,
    data_dir: DataDir = None,
    model: FaceModel = BUILTIN,
    given: Given = Given(),
) -> object:
    """Do estimators read off generated expressions what was asked for?

    Table 1 of the paper beside its printed figures: SVR and ordinal SVR, trained on real frames, read generated
    expressions. Beyond it: do intensities rise as asked, do other Action Units stay away, is it still the same person,
    do people differ. Trained networks are kept in DIR/models; the same command goes on where it was interrupted.

    Args:
      out: Where tables and pictures go.
      dataset: Whose people are trained on and tested.
    """
    return au_tf.evaluate_table1(out, given.applied(Table1Config()), model=model, dataset=dataset, data_dir=data_dir)


@takes({"Table": Table2Config()})
def table2(
    *,
    out: Out,
    dataset: Pictures = PICTURES,
    data_dir: DataDir = None,
    recordings: Recordings = None,
    model: FaceModel = BUILTIN,
    openface: Annotated[str | None, Parameter(metavar="FILE")] = None,
    given: Given = Given(),
) -> object:
    """Do estimators read off synthesised pictures what was asked for?

    Table 2 of the paper beside its printed figures: support vector regressions of histograms of oriented gradients,
    trained on real pictures, read synthesised ones; so does OpenFace where it is installed. Trained networks are kept
    in DIR/models.

    Args:
      out: Where tables and pictures go.
      openface: OpenFace's program FeatureExtraction (default: the one on the path, if there is one).
    """
    return au_tf.evaluate_table2(
        out,
        given.applied(Table2Config()),
        model=model,
        dataset=dataset,
        data_dir=data_dir,
        recordings=recordings,
        openface=openface,
    )


@takes({"Figure": AugmentationCurveConfig()})
def augmentation(
    *,
    out: Out,
    dataset: Pictures = PICTURES,
    data_dir: DataDir = None,
    recordings: Recordings = None,
    model: FaceModel = BUILTIN,
    generator: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    given: Given = Given(),
) -> object:
    """Does an estimator get better by synthesised pictures? (figure 5)

    Fig. 5 of the paper: errors of an estimator against the number of synthesised pictures that were added to the real
    ones. What is finished is kept in DIR; the same command goes on where it was interrupted.

    Args:
      out: Where tables and pictures go.
      generator: A trained generator instead of that of the row.
    """
    return au_tf.evaluate_augmentation(
        out,
        given.applied(AugmentationCurveConfig()),
        model=model,
        dataset=dataset,
        data_dir=data_dir,
        recordings=recordings,
        generator=generator,
    )


def cross_tool(
    predictions: Annotated[Path, Parameter(metavar="DIR")],
    labels: Annotated[Path, Parameter(metavar="DIR")],
    /,
    *,
    out: Out,
    threshold: Annotated[float, Parameter(metavar="N", validator=Number(gte=0, lte=5))] = 2.0,
) -> object:
    """How well do OpenFace, py-feat, LibreFace and others agree with coders?

    F1 at intensities of 2 and more, ICC(3,1), Pearson's correlation, MAE, MSE, and the error where rare intensities
    count as much as frequent ones, of each Action Unit, in cross_tool.md and cross_tool.csv.

    Args:
      predictions: A folder of tables for each program, such as OpenFace/SN001.csv: what programs write, or `au-tf
        estimate`.
      labels: Tables with the same names, or ActionUnit_Labels of DISFA or Labels of DISFA+.
      out: Where the tables go.
      threshold: Intensity from which a reading says that an Action Unit is there.
    """
    return au_tf.evaluate_cross_tool(out, predictions, labels, threshold=threshold)
