"""The models that can be exported for TF Serving, from what they are made of."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from au_tf.errors import Argument, InputError
from au_tf.estimation.estimator import FILE, Estimator, load_estimator
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator, load_landmark_estimator
from au_tf.faces.face_models import ModelSource
from au_tf.faces.pairing import FitterSource, GeneratorSource, as_regressor, load_pair, load_regressor
from au_tf.morphable import MorphableModel
from au_tf.morphable.formats.npz import npz_names
from au_tf.serving.estimation import estimator_servable
from au_tf.serving.exchange import (
    Form,
    Portable,
    portable_estimator,
    portable_generator,
    portable_landmark_estimator,
    write_portable,
)
from au_tf.serving.export import serve_command, write_models
from au_tf.serving.expression import expression_servable
from au_tf.serving.face import face_servable
from au_tf.serving.landmark_estimation import landmark_estimator_servable
from au_tf.serving.servable import Servable
from au_tf.serving.synthesis import synthesis_servable
from au_tf.synthesis.stored import StoredGenerator

logger = logging.getLogger(__name__)

EstimatorSource = Estimator | LandmarkEstimator | str | os.PathLike[str] | None

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
    estimator: EstimatorSource = None,
    form: Form = "tf-serving",
) -> list[Path]:
    """Writes models for TF Serving, each as a new version beside those in the folder, with the server's configuration;
    or the generator's and the estimator's networks for other frameworks.

    Args:
      folder: of all models; it is made if need be.
      models: some of `MODELS`; None is all, in another form than TF Serving's those of `PORTABLE`.
      model: a face model, as for `Face.from_photo`.
      generator: as for `Face.from_photo`.
      fitter: a trained regressor or its folder, for synthesis; None is the shipped one, for the built-in face.
      estimator: an estimator of pictures or of landmarks, or the folder of one; None is the one of landmarks that
        ships. ONNX and LiteRT have a file of it alone and one that takes neutral faces too, `estimator_neutral`.
      form: another form than that of TF Serving has `PORTABLE` alone, a file or folder each that replaces an older one.

    Returns:
      The folder of each new version, or each file.

    Raises:
      InputError: for an unknown model, a missing or damaged file, networks for another face model, or a place that
        cannot be written.
    """
    known = MODELS if form == "tf-serving" else PORTABLE
    names = models or known
    strange = [name for name in names if name not in known]
    if strange:
        raise InputError(Argument("models", ",".join(names)), "name", strange[0], f"some of {', '.join(known)}")
    face, network = load_pair(model, generator)
    if form != "tf-serving":
        networks = [each for name in dict.fromkeys(names) for each in _portable(name, network, estimator, form)]
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
    estimator: EstimatorSource,
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
    known = _known(estimator)
    return landmark_estimator_servable(known) if isinstance(known, LandmarkEstimator) else estimator_servable(known)


def _portable(name: str, network: StoredGenerator, estimator: EstimatorSource, form: Form) -> list[Portable]:
    if name == "expression":
        return [portable_generator(network)]
    known = _known(estimator)
    if not isinstance(known, LandmarkEstimator):
        return [portable_estimator(known)]
    # Its tensors are the same with a neutral face and without.
    ways = (False,) if form == "safetensors" else (False, True)
    return [portable_landmark_estimator(known, neutral) for neutral in ways]


def _known(source: EstimatorSource) -> Estimator | LandmarkEstimator:
    if isinstance(source, Estimator | LandmarkEstimator):
        return source
    path = None if source is None else Path(source)
    # Both lie in files of one name; that of landmarks has a reference face, that of pictures a backbone.
    if path is None or "reference" in npz_names(path / FILE):
        return load_landmark_estimator(path)
    return load_estimator(path)
