"""Training of the landmark estimator on rendered people of one or several face models."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from au_tf.command_line import changed, command_line
from au_tf.estimation.landmarks import real_zero
from au_tf.estimation.landmarks.landmark_learning import Learnt, across_heads, learn
from au_tf.estimation.landmarks.landmark_training import Sample, draw_sample
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.estimation.landmarks.real_zero import Portrait, zeroed
from au_tf.evaluation.reports.landmark_card import Making, landmark_card
from au_tf.faces.made_pictures import made_of_photo
from au_tf.files import read_npz, write_npz, write_whole
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.video.store import Store
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
    out: Path | str,
    training: LandmarkTraining = LandmarkTraining(),
    *,
    models: Sequence[str] = (BUILTIN,),
    work: Path | None = None,
    portraits: Path | None = None,
) -> TrainedLandmarkEstimator:
    """Renders people, finds their landmarks, learns Action Units from them, and stores the estimator with its card.

    Portraits, two of them in the public domain, are given expressions too: real skin with a known change.

    Args:
      out: where it goes.
      training: its settings.
      models: the face models, each "builtin", "anny" or a path.
      work: where pictures are kept, and stay, so that another training need not draw them again; None is au_tf's cache
        until it is done.
      portraits: a table of others, as `real_zero.portraits` reads it.

    Raises:
      InputError: for a place or face model that cannot be used.
    """
    out = Path(out)
    check_folder("out", out)
    if work is not None:
        check_folder("work", work)
    real = real_zero.portraits(portraits)
    faces = [load_face_model(model) for model in models]
    store = Store([*(face.digest for face in faces), *asdict(training).items()], "landmark-estimators")
    kept = work or store.folder
    drawn = [draw_sample(face, training, number, kept) for number, face in enumerate(faces)]
    sample = Sample.joined([*drawn, *_of_photos(training, real, kept)])
    learnt = learn(sample, training)
    zeroed(learnt.estimator, real).save(out)
    names = [face.name for face in faces]
    making = Making(_command(out, training, models, portraits), training.people * len(names), names, real)
    write_whole(out / "README.md", landmark_card(making, sample, learnt, across_heads(sample, training)))
    if work is None:
        store.clear()
    return TrainedLandmarkEstimator(out, learnt)


def _of_photos(training: LandmarkTraining, real: Sequence[Portrait], kept: Path) -> list[Sample]:
    if training.photo_pictures < 2:
        return []
    samples = []
    for portrait in real:
        shown = hashlib.sha256(portrait.picture.tobytes()).hexdigest()[:8]
        path = kept / f"photo-{shown}-{training.photo_pictures}-{training.seed}.npz"
        if not path.exists():
            made = made_of_photo(portrait.picture, dense_reader(), training.photo_pictures, training.seed)
            write_npz(path, made._asdict())
        samples.append(Sample(**read_npz(path, [*Sample._fields])))
    return samples


def _command(out: Path, training: LandmarkTraining, models: Sequence[str], portraits: Path | None) -> str:
    heads = {} if tuple(models) == (BUILTIN,) else {"face_models": tuple(models)}
    named = {} if portraits is None else {"portraits": portraits.as_posix()}
    settings = {"out": out.as_posix()} | heads | named | changed(training, LandmarkTraining())
    return command_line("train landmark-estimator", settings)
