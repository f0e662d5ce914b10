"""Training of the regressor of coefficients on people who are simulated on a face model."""

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from au_tf.files import cache_folder
from au_tf.fitting.regress import train_regressor as learning
from au_tf.fitting.regress.regressor_config import RegressorTraining
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.places import check_folder
from au_tf.simulation.population import draw_expressions

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TrainedRegressor:
    """A regressor that was trained and stored."""

    paths: Path
    """The folder that `load_regressor` takes, with a model card README.md."""
    share: float
    """Its error of a face's shape as a share of the mean face's, on people that it has not seen."""


def train_regressor(
    out: Path | str,
    training: RegressorTraining = RegressorTraining(),
    *,
    model: str = BUILTIN,
    work: Path | None = None,
) -> TrainedRegressor:
    """Trains the regressor on pictures rendered from a face model, and stores it with its model card.

    An interrupted training goes on when it is started again.

    Args:
      out: where the regressor goes.
      training: its settings.
      model: the face model, "builtin" or a path.
      work: where pictures and the state of the training are kept, and stay; None is au_tf's cache until it is done.

    Raises:
      InputError: for a place or face model that cannot be used, or a loss that is no longer finite.
    """
    out = Path(out)
    check_folder("out", out)
    if work is not None:
        check_folder("work", work)
    face = load_face_model(model)
    place = work or _cached(face.digest, training)
    logger.info("Rendering people and training on them; pictures and state lie in %s", place)
    result = learning.train_regressor(
        out, face, lambda count, rng: draw_expressions(face, count, rng), place, training, source=model
    )
    if work is None:
        shutil.rmtree(place)
    return TrainedRegressor(out, float(result.errors.shape.mean() / result.errors.mean_face.mean()))


def _cached(digest: str, training: RegressorTraining) -> Path:
    name = hashlib.sha256(f"{digest} {training}".encode()).hexdigest()[:16]
    return cache_folder() / "fitter" / name
