"""The models that can be exported for TF Serving, from what they are made of."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from au_tf.errors import Argument, InputError
from au_tf.estimation.estimator import Estimator, load_estimator
from au_tf.faces.face_models import ModelSource
from au_tf.faces.pairing import FitterSource, GeneratorSource, as_regressor, load_pair, load_regressor
from au_tf.morphable import MorphableModel
from au_tf.serving.estimation import estimator_servable
from au_tf.serving.exchange import Form, Portable, portable_estimator, portable_generator, write_portable
from au_tf.serving.export import serve_command, write_models
from au_tf.serving.expression import expression_servable
from au_tf.serving.face import face_servable
from au_tf.serving.servable import Servable
from au_tf.serving.synthesis import synthesis_servable
from au_tf.synthesis.stored import StoredGenerator

logger = logging.getLogger(__name__)

MODELS = ("expression", "face", "synthesis", "estimator")
"""What can be exported; docs/serving.md tells what each takes and returns."""
PORTABLE = ("expression", "estimator")
"""What other frameworks can be given: single networks."""


def export(
    folder: str | os.PathLike[str],
    models: Sequence[str] | None = None,
    *,
    model: ModelSource = "builtin",
    generator: GeneratorSource = None,
    fitter: FitterSource = None,
    estimator: Estimator | str | os.PathLike[str] | None = None,
    form: Form = "tf-serving",
) -> list[Path]:
    """Writes models for TF Serving, each as a new version beside those in the folder, with the server's configuration;
    or the generator's and the estimator's networks for other frameworks.

    Args:
      folder: of all models; it is made if need be.
      models: some of `MODELS`; None is all that the form has, the estimator if one is given.
      model: a face model, as for `Face.from_photo`.
      generator: as for `Face.from_photo`.
      fitter: a trained regressor or its folder, for synthesis; None is the shipped one, for the built-in face.
      estimator: a trained estimator or its folder.
      form: another form than that of TF Serving has `PORTABLE` alone, a file or folder each that replaces an older one.

    Returns:
      The folder of each new version, or each file.

    Raises:
      InputError: for an unknown model, a missing or damaged file, networks for another face model, or a place that
        cannot be written.
    """
    known = MODELS if form == "tf-serving" else PORTABLE
    names = models or [name for name in known if name != "estimator" or estimator]
    strange = [name for name in names if name not in known]
    if strange:
        raise InputError(Argument("models", ",".join(names)), "name", strange[0], f"some of {', '.join(known)}")
    if "estimator" in names and estimator is None:
        raise InputError(Argument("models", ",".join(names)), "estimator", "none", "`estimator`, a trained one")
    face, network = load_pair(model, generator)
    if form != "tf-serving":
        networks = [_portable(name, network, estimator) for name in dict.fromkeys(names)]
        return [write_portable(each, Path(folder), form) for each in networks]
    parts = [_servable(name, face, network, fitter, estimator) for name in dict.fromkeys(names)]
    logger.info("Writing the models")
    written = write_models(parts, folder)
    logger.info("Serve them with\n  %s", serve_command(folder))
    return written


def _servable(
    name: str,
    face: MorphableModel,
    network: StoredGenerator,
    fitter: FitterSource,
    estimator: Estimator | str | os.PathLike[str] | None,
) -> Servable:
    if name == "expression":
        return expression_servable(network)
    if name == "face":
        return face_servable(face)
    if name == "synthesis":
        regressor = as_regressor(fitter) or load_regressor()
        if fitter is None and not regressor.face.matches(face):
            expected = f"`fitter`, trained for {face.name}, or `models` without synthesis"
            raise InputError(
                Argument("model", face.name), "regressor", f"only that for {regressor.face.name}", expected
            )
        return synthesis_servable(face, network, regressor)
    return estimator_servable(_known(estimator))


def _portable(name: str, network: StoredGenerator, estimator: Estimator | str | os.PathLike[str] | None) -> Portable:
    return portable_generator(network) if name == "expression" else portable_estimator(_known(estimator))


def _known(estimator: Estimator | str | os.PathLike[str] | None) -> Estimator:
    assert estimator is not None
    return load_estimator(estimator) if isinstance(estimator, str | os.PathLike) else estimator
