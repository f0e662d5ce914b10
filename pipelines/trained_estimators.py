"""Training of estimators on the pictures of data sets, and their judgement by people whom they have not seen."""

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from au_tf.arrays import Float64
from au_tf.command_line import changed, command_line
from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, open_pictures, split_people
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.estimation.estimator_training import Estimates, Trained, estimates, train
from au_tf.evaluation.metrics import Agreement, mae_by_label
from au_tf.evaluation.reports.estimator_card import Provenance, errors_csv, estimator_card
from au_tf.files import Place, place, write_whole
from au_tf.pipelines.augment import open_augmented
from au_tf.places import check_folder
from au_tf.stores import remove
from au_tf.training.devices import provide_processors, strategy_for

DATA_SET = "simulated_disfa"
VALIDATION_PEOPLE = 5
ERRORS = "errors.csv"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SplitPictures:
    """The pictures of a data set by what they are for; validation people are training people who are held out."""

    builder: tfds.core.DatasetBuilder
    """Of a data set with pictures."""
    held_out: int
    """How many people the best epoch is chosen by."""
    size: int
    """Pixels a side."""

    @cached_property
    def people(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Numbers of the people who are trained on, and of those held out."""
        return split_people(self.builder, self.held_out)

    @cached_property
    def real(self) -> SplitPart:
        """What is trained on."""
        return SplitPart(self.builder, "train", self.people[0])

    def of_trained(self, builder: tfds.core.DatasetBuilder) -> SplitPart:
        """The pictures of another data set, without those of people of this one who are not trained on.

        People are the same if their names are; those of photos are nobody's of this data set.
        """
        known, names = (list(each.info.features["subject"].names) for each in (self.builder, builder))
        trained = {known[number] for number in self.people[0]}
        people = tuple(number for number, name in enumerate(names) if name in trained or name not in known)
        return SplitPart(builder, "train", people)

    @cached_property
    def validation(self) -> RecordedPictures:
        """Those of the people held out."""
        return RecordedPictures([SplitPart(self.builder, "train", self.people[1])], self.size)

    @cached_property
    def test(self) -> RecordedPictures:
        """Those of the test people."""
        return RecordedPictures([SplitPart(self.builder, "test")], self.size)

    def judged(
        self,
        parts: Sequence[SplitPart],
        training: EstimatorTraining,
        work: str | os.PathLike[str] | Place,
        devices: Sequence[str] = (),
    ) -> "JudgedEstimator":
        """As `estimator_training.train`, which chooses the best epoch; then measures it on the test people."""
        pictures, recorded = RecordedPictures(parts, self.size), RecordedPictures([self.real], self.size)
        trained = train(pictures, self.validation, training, work, devices, recorded=recorded)
        found, chosen = estimates(trained.estimator, self.test), estimates(trained.estimator, self.validation)
        agreement = Agreement.of(found.intensities, found.estimates)
        return JudgedEstimator(trained, found, agreement, mae_by_label(chosen.intensities, chosen.estimates))

    def provenance(self, real: int, synthetic: int, command: str) -> Provenance:
        """What an estimator learnt from so many of them, and as many synthesised ones, is told to be made of."""
        return Provenance(
            data=f"{self.builder.name}/{self.builder.builder_config.name}",
            simulated=bool(self.builder.info.metadata.get("simulated")),
            real=real,
            synthetic=synthetic,
            validation=self.validation.count,
            tested=self.test.count,
            command=command,
        )


@dataclass(frozen=True, eq=False)
class JudgedEstimator:
    """An estimator and what it says of the test people."""

    trained: Trained
    """The estimator and its training."""
    found: Estimates
    """Its estimates and the labels."""
    agreement: Agreement
    """Of the two."""
    errors: Float64
    """float64[12, 6], `mae_by_label` of the validation people."""


@dataclass(frozen=True, eq=False)
class TrainedEstimator:
    """An estimator that was trained and stored."""

    paths: Place
    """The folder that `load_estimator` takes, with a model card README.md and errors.csv, which `augment` takes."""
    agreement: Agreement
    """Of its estimates with the labels of the test people."""


def train_estimator(
    out: Path | str | Place,
    training: EstimatorTraining = EstimatorTraining(),
    *,
    dataset: str = DATA_SET,
    data_dir: str | Place | None = None,
    augmented: Sequence[Place] = (),
    validation_people: int = VALIDATION_PEOPLE,
    devices: Sequence[str] = (),
    work: Place | None = None,
) -> TrainedEstimator:
    """Trains an estimator of Action Units on pictures, measures it on the test people, and stores it with its card.

    An interrupted training goes on when it is started again.

    Args:
      out: where the estimator goes.
      training: its settings.
      dataset: name of a data set with pictures, on whose split train to train.
      data_dir: where TFDS keeps it; None is its default.
      augmented: folders of synthesised pictures to train on as well, as `augment` makes them.
      validation_people: people of the split train by whom the best epoch is chosen.
      devices: what to train on, such as "GPU:0".
      work: where the state of the training is kept, and stays; None is `out`/work, until it is done.

    Raises:
      InputError: for a place, device or data set that cannot be used, or a loss that is no longer finite.
    """
    out = place(out)
    check_folder("out", out)
    if work is not None:
        check_folder("work", work)
    provide_processors(devices)
    strategy_for(devices)
    synthesised = [open_augmented(path) for path in augmented]
    builder = open_pictures(dataset, data_dir)
    logger.info("Reading the labels")
    pictures = SplitPictures(builder, validation_people, training.size)
    parts = [pictures.real, *map(pictures.of_trained, synthesised)]
    real, *more = (part.count for part in parts)
    logger.info("Training on %s pictures and %s synthesised ones", f"{real:,}", f"{sum(more):,}")
    state = work or out / "work"
    judged = pictures.judged(parts, training, state, devices)
    people = None if validation_people == VALIDATION_PEOPLE else validation_people
    data = {"dataset": dataset, "data_dir": data_dir, "augmented": tuple(augmented)}
    others = {"validation_people": people, "devices": tuple(devices), "out": out}
    command = estimator_command(training, data, others)
    _store(out, judged, training, pictures.provenance(real, sum(more), command))
    if work is None:
        remove(state)
    return TrainedEstimator(out, judged.agreement)


def _store(out: Place, judged: JudgedEstimator, training: EstimatorTraining, provenance: Provenance) -> None:
    trained = judged.trained
    trained.estimator.save(out)
    card = estimator_card(provenance, training, trained.epochs, trained.best, judged.agreement)
    write_whole(out / "README.md", card)
    write_whole(out / ERRORS, errors_csv(judged.errors))


def estimator_command(training: EstimatorTraining, data: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    """The command that trains again.

    Args:
      training: settings, of which those are told that are not the backbone's own.
      data: other options by their names, which come before.
      more: others, which come after.
    """
    backbone = {} if training.backbone == EstimatorTraining().backbone else {"backbone": training.backbone}
    # A backbone brings its own learning rate along.
    settings = backbone | changed(training, EstimatorTraining(training.backbone))
    return command_line("train estimator", {**data, **settings, **more})
