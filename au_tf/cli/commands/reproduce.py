"""`au-tf reproduce`: every table and figure of the paper, and one report."""

from typing import Literal

import au_tf
from au_tf.cli.parameters import BUILTIN, DataDir, FaceModel, Out


def reproduce(
    *,
    out: Out,
    scale: Literal["tiny", "small", "paper"] = "tiny",
    dataset: Literal["simulated_disfa", "disfa"] = "simulated_disfa",
    data_dir: DataDir = None,
    model: FaceModel = BUILTIN,
) -> object:
    """Make every table and figure of the paper beside its own, and one report.

    A pipeline of components records what each was made from. What has not changed is not made again; what was
    interrupted goes on.

    Args:
      out: Where artifacts and report go.
      scale: A few people and steps for a look, a hundredth of the paper's frames, or all of the paper.
      dataset: On which people.
      data_dir: Where data sets are kept (default: in DIR/data).
    """
    return au_tf.reproduce(out, scale, dataset=dataset, data_dir=data_dir, model=model)
