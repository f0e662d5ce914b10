"""Fig. 5 of the paper from a data set with pictures: synthesised pictures are made, and an estimator trained with each
number of them."""

import hashlib
import json
import math
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from au_tf.datasets.recordings.recorded_pictures import RecordedPictures, SplitPart, split_people
from au_tf.estimation.config import EstimatorTraining
from au_tf.estimation.estimator_training import estimates, train
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
from au_tf.files import write_whole
from au_tf.pipelines.augment import augment
from au_tf.pipelines.augmentation.plan import Augmentation

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
    """As `load_morphable_model` takes it."""
    held_out: int
    """People of the split train by whom the best epoch is chosen."""
    added: tuple[int, ...] = ()
    """Numbers of pictures to add; without any, the paper's shares."""

    @cached_property
    def _people(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return split_people(self.builder, self.held_out)

    @cached_property
    def real(self) -> SplitPart:
        """The real pictures that all are trained on."""
        return SplitPart(self.builder, "train", self._people[0])

    @cached_property
    def _others(self) -> tuple[RecordedPictures, RecordedPictures]:
        """Pictures to choose the best epoch by, and those of the test people."""
        parts = SplitPart(self.builder, "train", self._people[1]), SplitPart(self.builder, "test")
        validation, test = (RecordedPictures([part], self.training.size) for part in parts)
        return validation, test

    @property
    def numbers(self) -> tuple[int, ...]:
        """How many pictures are added, ascending."""
        return tuple(sorted(self.added)) or tuple(round(n * self.real.count / PAPER_REAL) for n in PAPER_ADDED)

    def run(self, policies: Sequence[str], seeds: int, tell: Callable[[str], object]) -> Curve:
        """Trains an estimator without, and with each number of pictures of each policy.

        Args:
          policies: of `label_policies.POLICIES`.
          seeds: how many runs of everything.
          tell: is told what comes next.
        """
        points = []
        for seed in range(seeds):
            points.append(self._point(NONE, None, 0, seed, tell))
            for policy in policies:
                made = self.synthesised(policy, seed, tell)
                points += [self._point(policy, made, number, seed, tell) for number in self.numbers]
        return Curve(self.real.count, points)

    def synthesised(self, policy: str, seed: int, tell: Callable[[str], object]) -> SplitPart:
        """The pictures of a policy with the faces of the people who are trained on, made if they are not there."""
        kept, held = map(len, self._people)
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
        tell(f"Seed {seed}: synthesising {count:,} pictures, labels {policy}")
        return SplitPart(augment(asked, self.pictures / f"{policy}-{seed}"), "train", self._people[0])

    def _point(
        self, policy: str, made: SplitPart | None, number: int, seed: int, tell: Callable[[str], object]
    ) -> Point:
        parts = [self.real, *([] if made is None else [made.first(number)])]
        pictures = RecordedPictures(parts, self.training.size)
        training = replace(self.training, seed=seed)
        place = self.folder / "runs" / f"{policy}-{number}-{seed}-{_digest(pictures, training)}"
        result = place.with_suffix(".json")
        if not result.exists():
            tell(f"Seed {seed}: training with {number:,} pictures more, labels {policy}")
            write_whole(result, json.dumps(self._measured(pictures, training, place)).encode())
            shutil.rmtree(place)
        found = {name: np.array(values) for name, values in json.loads(result.read_text()).items()}
        agreement = Agreement(**{name: found[name] for name in _METRICS})
        means = agreement.means
        tell(f"Seed {seed}: {policy} {number:,}: MAE {means['mae']:.3f}, MSE {means['mse']:.3f}")
        return Point(policy, number, seed, agreement, found[_RANGES])

    def _measured(self, pictures: RecordedPictures, training: EstimatorTraining, place: Path) -> dict[str, list[float]]:
        validation, test = self._others
        found = estimates(train(pictures, validation, training, place).estimator, test)
        agreement = Agreement.of(found.intensities, found.estimates)
        errors = mae_by_intensity(found.intensities, found.estimates)
        return {name: getattr(agreement, name).tolist() for name in _METRICS} | {_RANGES: errors.tolist()}

    def write(self, curve: Curve, generator: str, command: str) -> list[Path]:
        """Writes the figure as picture, markdown and CSV.

        Args:
          curve: what was measured.
          generator: what made the expressions, for the text.
          command: that makes it again.
        """
        info, training, (validation, test) = self.builder.info, self.training, self._others
        data = "simulated DISFA" if info.metadata.get("simulated") else "DISFA"
        how = f"backbone {training.backbone}, epochs: {training.epochs}"
        introduction = f"""Estimators ({how}) learn from {curve.real:,} pictures that show something of
            {len(self._people[0])} people of `{self.builder.name}/{info.config_name}`, and from synthesised ones of the
            same people, whose expressions {generator} made. The best epoch is chosen on {validation.count:,} pictures
            of {len(self._people[1])} other people; errors are of {test.count:,} pictures of the test people. An epoch
            has all pictures once, so whoever has more of them makes more steps."""
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
