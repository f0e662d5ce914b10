"""`au-tf augment`: synthetic pictures with any Action Units as a data set."""

import logging
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import au_tf
from au_tf.cli.given import Given, takes
from au_tf.cli.parameters import Count, OutPlace
from au_tf.pipelines.augmentation.augmentation_config import Augmentation

logger = logging.getLogger(__name__)


@takes({"Pictures": Augmentation(count=1)}, without=("count",))
def augment(
    *beam: Annotated[str, Parameter(metavar="-- OPTION")],
    count: Annotated[int, Parameter(metavar="N")],
    out: OutPlace,
    workers: Count = 0,
    runner: Annotated[str | None, Parameter(metavar="NAME")] = None,
    given: Given = Given(),
) -> list[Path]:
    """Make a data set of synthetic pictures with any Action Units.

    They show recorded people, or the faces in photos, with other Action Units. What was interrupted goes on when it
    is started again.

    Args:
      beam: Options of Beam's runner.
      count: How many; the paper has 15000 to 130000.
      out: Where the data set goes.
      workers: Processors of this machine; 0 is all.
      runner: Another of Beam's runners, such as FlinkRunner; its options follow -- (docs/augmentation.md).
    """
    asked = given.applied(Augmentation(count))
    made = au_tf.augment(asked, out, workers=workers, runner=runner, beam=beam)
    logger.info("%s: %s pictures; README.md tells of them, and how they are read", out, f"{made.records:,}")
    failures = out / "failures.csv"
    if made.failures:
        logger.warning("%s lists the pictures that failed", failures)
    return [out, failures] if made.failures else [out]
