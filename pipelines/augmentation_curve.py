"""Fig. 5 of the paper from a data set with pictures: synthesised pictures are made, and an estimator trained with each
number of them."""

import hashlib
import json
import logging
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from au_tf.command_line import command_line
from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart
from au_tf.errors import Argument, InputError
from au_tf.estimation.estimator_config import EstimatorTraining
from au_tf.evaluation.metrics import Agreement, mae_by_intensity
from au_tf.evaluation.protocols.augmentation import (
    NONE,
    PAPER_ADDED,
    PAPER_REAL,
    Curve,
    Point,
    curve_csv,
    plot_curve,
    report,
)
from au_tf.evaluation.protocols.methods import ROWS, SCHEDULES, Methods, stored_row
from au_tf.files import write_whole
from au_tf.morphable.load import BUILTIN, load_face_model
from au_tf.pipelines.augment import augment
from au_tf.pipelines.augmentation.augmentation_config import Augmentation
from au_tf.pipelines.table2_component import DATA_SET, open_pair
from au_tf.pipelines.table_config import AugmentationCurveConfig
from au_tf.pipelines.trained_estimators import SplitPictures
from au_tf.places import check_folder
from au_tf.simulation.population_config import PolicyName

logger = logging.getLogger(__name__)
_METRICS, _RANGES = ("mae", "mse", "pcc", "icc"), "mae_by_intensity"


@dataclass(frozen=True, eq=False)
class AugmentationCurve:
    """What the figure is made of, and where it is kept."""

    builder: tfds.core.DatasetBuilder
    """Of a data set with pictures."""
    data_dir: Path | None
    """Where TFDS keeps it; None is its default."""
    folder: Path
    """For trainings and what they came to: what is there is not made again."""
    pictures: Path
    """For synthesised pictures, likewise."""
    generator: Callable[[int], Path]
    """Folder of the generator, by seed."""
    training: EstimatorTraining
    """Settings of all trainings; each has its own seed."""
    face_model: str
    """As `load_face_model` takes it."""
    held_out: int
    """People of the split train by whom the best epoch is chosen."""
    added: tuple[int, ...] = ()
    """Numbers of pictures to add; without any, the paper's shares."""

    @cached_property
    def _split(self) -> SplitPictures:
        return SplitPictures(self.builder, self.held_out, self.training.size)

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many pictures are added, ascending."""
        return tuple(sorted(self.added)) or tuple(round(n * self._split.real.count / PAPER_REAL) for n in PAPER_ADDED)

    def run(self, policies: Sequence[PolicyName], seeds: int) -> Curve:
        """Trains an estimator without, and with each number of pictures of each policy.

        Args:
          policies: of `label_policies.POLICIES`.
          seeds: how many runs of everything.
        """
        points = []
        for seed in range(seeds):
            points.append(self._point(NONE, None, 0, seed))
            for policy in policies:
                made = self.synthesised(policy, seed)
                points += [self._point(policy, made, number, seed) for number in self.numbers]
        return Curve(self._split.real.count, points)

    def synthesised(self, policy: PolicyName, seed: int) -> SplitPart:
        """The pictures of a policy with the faces of the people who are trained on, made if they are not there."""
        kept, held = map(len, self._split.people)
        # People are drawn at random, and who is held out is left out.
        count = math.ceil(1.15 * max(self.numbers) * (kept + held) / kept) + 64
        asked = Augmentation(
            count=count,
            dataset=f"{self.builder.name}/{self.builder.builder_config.name}",
            data_dir=None if self.data_dir is None else str(self.data_dir),
            policy=policy,
            seed=seed,
            generator=str(self.generator(seed)),
            face_model=self.face_model,
        )
        logger.info(f"Seed {seed}: synthesising {count:,} pictures, labels {policy}")
        return self._split.of_trained(augment(asked, self.pictures / f"{policy}-{seed}").builder())

    def _point(self, policy: str, made: SplitPart | None, number: int, seed: int) -> Point:
        parts = [self._split.real, *([] if made is None else [made.first(number)])]
        pictures = RecordedPictures(parts, self.training.size)
        training = replace(self.training, seed=seed)
        place = self.folder / "runs" / f"{policy}-{number}-{seed}-{_digest(pictures, training)}"
        result = place.with_suffix(".json")
        if not result.exists():
            logger.info(f"Seed {seed}: training with {number:,} pictures more, labels {policy}")
            write_whole(result, json.dumps(self._measured(parts, training, place)).encode())
            shutil.rmtree(place)
        found = {name: np.array(values) for name, values in json.loads(result.read_text()).items()}
        agreement = Agreement(**{name: found[name] for name in _METRICS})
        means = agreement.means
        logger.info(f"Seed {seed}: {policy} {number:,}: MAE {means['mae']:.3f}, MSE {means['mse']:.3f}")
        return Point(policy, number, seed, agreement, found[_RANGES])

    def _measured(self, parts: Sequence[SplitPart], training: EstimatorTraining, place: Path) -> dict[str, list[float]]:
        judged = self._split.judged(parts, training, place)
        errors = mae_by_intensity(judged.found.intensities, judged.found.estimates)
        return {name: getattr(judged.agreement, name).tolist() for name in _METRICS} | {_RANGES: errors.tolist()}

    def write(self, curve: Curve, generator: str, command: str) -> list[Path]:
        """Writes the figure as picture, markdown and CSV.

        Args:
          curve: what was measured.
          generator: what made the expressions, for the text.
          command: that makes it again.
        """
        info, training, split = self.builder.info, self.training, self._split
        data = "simulated DISFA" if info.metadata.get("simulated") else "DISFA"
        how = f"backbone {training.backbone}, epochs: {training.epochs}"
        introduction = f"""Estimators ({how}) learn from {curve.real:,} pictures that show something of
            {len(split.people[0])} people of `{self.builder.name}/{info.config_name}`, and from synthesised ones of
            the same people, whose expressions {generator} made. The best epoch is chosen on
            {split.validation.count:,} pictures of {len(split.people[1])} other people; errors are of
            {split.test.count:,} pictures of the test people. An epoch has all pictures once, so whoever has more of
            them makes more steps."""
        files = {
            "figure-5.md": report(curve, data, introduction, command).encode(),
            "figure-5.csv": curve_csv(curve),
            "figure-5.png": plot_curve(curve, f"Fig. 5 on {data}"),
        }
        for name, content in files.items():
            write_whole(self.folder / name, content)
        return [self.folder / name for name in files]


def _digest(pictures: RecordedPictures, training: EstimatorTraining) -> str:
    text = pictures.identity + json.dumps(asdict(training), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass(frozen=True, eq=False)
class MeasuredCurve:
    """What was measured, and where it is told."""

    curve: Curve
    """Errors by the number of pictures."""
    paths: list[Path]
    """The figure as picture, markdown and CSV."""


def evaluate_augmentation(
    out: Path | str,
    config: AugmentationCurveConfig = AugmentationCurveConfig(),
    *,
    model: str = BUILTIN,
    dataset: str = DATA_SET,
    data_dir: Path | None = None,
    recordings: str | None = None,
    generator: Path | None = None,
) -> MeasuredCurve:
    """Trains estimators on real pictures and ever more synthesised ones; writes figure 5 and its figures.

    What is finished is kept in `out`; the same call goes on where it was interrupted.

    Args:
      out: where everything goes.
      config: what is measured.
      model: the face model, "builtin" or a path.
      dataset: name of a data set with pictures.
      data_dir: where TFDS keeps it; None is its default.
      recordings: name of a data set of the same people from whose split train generators learn; None is `dataset`.
      generator: folder of a trained generator instead of that of the row.

    Raises:
      InputError: for a place, data set, generator or face model that cannot be used.
    """
    out = Path(out)
    check_folder("out", out)
    if generator is not None and not generator.is_dir():
        raise InputError(Argument("generator", generator), "folder", "nothing", "the folder of a trained generator")
    face = load_face_model(model)
    builder, frames = open_pair(dataset, recordings, data_dir, face)
    methods = Methods(out / "models", face, SCHEDULES[config.recipe])
    curve = AugmentationCurve(
        builder,
        data_dir,
        out,
        out / "pictures",
        generator=stored_row(methods, config.row, frames) if generator is None else lambda seed: generator,
        training=EstimatorTraining(config.backbone, epochs=config.epochs),
        face_model=model,
        held_out=config.validation_people,
        added=config.added,
    )
    found = curve.run(config.policies, config.seeds)
    settings = {"dataset": dataset, "recordings": recordings, "data_dir": data_dir, "generator": generator, "out": out}
    settings |= {"face_model": None if model == BUILTIN else model, **asdict(config)}
    name = ROWS[config.row].label if generator is None else str(generator)
    return MeasuredCurve(found, curve.write(found, name, command_line("evaluate augmentation", settings)))
