"""`au-tf export`: models for TF Serving, networks for other frameworks."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

import au_tf
from au_tf.cli.parameters import BUILTIN, FaceModel, Fitter, Generator, Out
from au_tf.places import check_folder


def export(
    *,
    out: Out,
    models: Annotated[str | None, Parameter(metavar="NAMES")] = None,
    model: FaceModel = BUILTIN,
    generator: Generator = None,
    fitter: Fitter = None,
    estimator: Annotated[Path | None, Parameter(metavar="DIR")] = None,
    form: Annotated[Literal["tf-serving", "onnx", "litert", "safetensors"], Parameter(name="--format")] = "tf-serving",
) -> list[Path]:
    """Write models for TF Serving, or networks for other frameworks.

    Each is a new version beside those in the folder, with warm-up requests and the server's configuration;
    docs/serving.md tells what they take and return.

    Args:
      out: The folder of all models.
      models: Which of expression,face,synthesis,estimator (default: all).
      estimator: What au-tf train estimator or landmark-estimator made, instead of the one that ships.
      form: Other forms than TF Serving's have expression and estimator alone, a file each; they need au_tf[exchange].
    """
    check_folder("out", out)
    names = None if models is None else models.split(",")
    return au_tf.export(out, names, model=model, generator=generator, fitter=fitter, estimator=estimator, form=form)
