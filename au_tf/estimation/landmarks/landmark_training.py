"""A landmark estimator learnt from rendered people, whose landmarks are found as those of real ones are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float, Float32, Float64, Int64
from au_tf.estimation.landmarks.frontal import described, reference_of, turned
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator
from au_tf.estimation.landmarks.landmark_training_config import LEAST_PEOPLE, LandmarkTraining
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY
from au_tf.fitting.detect.dense_landmarks import POINTS, dense_reader
from au_tf.fitting.detect.detected_face import Candidate
from au_tf.fitting.detect.detection import present
from au_tf.fitting.synthetic.detector import taken_pictures
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned
from au_tf.fitting.synthetic.scenes import Scenes, draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.morphable.model import MorphableModel
from au_tf.progress import progress
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.mechanics import tabulate
from au_tf.simulation.population import drive, make_people, sample_labels, uncoded_movements
from au_tf.simulation.population_config import SimulationConfig

_AT_ONCE = 20
"""People drawn from one seed."""
_HELD_OUT = LEAST_PEOPLE // 2
"""Of the people each so-and-so-many tells how far the estimator errs."""
_COVERED = 0.15


class Sample(NamedTuple):
    """Pictures of people in which their landmarks were found."""

    points: Float32
    """float32[N, 478, 3], in pixels."""
    intensities: Float32
    """float32[N, 12] in [0, 5]."""
    person: Int64
    """int64[N], who it is."""
    neutral: Int64
    """int64[N], row of the same person's neutral face."""

    @classmethod
    def joined(cls, parts: Sequence["Sample"]) -> "Sample":
        """All pictures of several samples of different people."""
        rows = np.cumsum([0, *(len(part.person) for part in parts)])
        people = np.cumsum([0, *(int(part.person.max(initial=-1)) + 1 for part in parts)])
        return cls(
            np.concatenate([part.points for part in parts]),
            np.concatenate([part.intensities for part in parts]),
            np.concatenate([part.person + first for part, first in zip(parts, people[:-1], strict=True)]),
            np.concatenate([part.neutral + first for part, first in zip(parts, rows[:-1], strict=True)]),
        )


class Reliability(NamedTuple):
    """How well an estimator does on people whom it has not seen."""

    correlation: Float64
    """float64[12]."""
    error: Float64
    """float64[12], root mean square."""


class Learnt(NamedTuple):
    """An estimator, and what it is worth on rendered people whom it has not seen."""

    estimator: LandmarkEstimator
    alone: Reliability
    """From one picture."""
    change: Reliability
    """With a picture of the neutral face."""
    pictures: int
    """In how many the landmarks were found."""


def draw_sample(model: MorphableModel, training: LandmarkTraining) -> Sample:
    """Renders people of a face model and finds their landmarks.

    People whose neutral face is not found are left out, and pictures in which more than 15 % of the face is covered.
    """
    camera, outline = SyntheticCamera(BatchRenderer(model)), Outline.of(model)
    blocks = range(-(-training.people // _AT_ONCE))
    return Sample.joined(
        [
            _block(model, camera, outline, training, np.random.default_rng([training.seed, number]))
            for number in progress(blocks, f"{model.name}: people", unit=f"{_AT_ONCE} people")
        ]
    )


def _block(
    model: MorphableModel,
    camera: SyntheticCamera,
    outline: Outline,
    training: LandmarkTraining,
    rng: np.random.Generator,
) -> Sample:
    shown, scenes = _people(model, training, rng)
    scenes, true = as_aligned(scenes, outline, DetectorError.none(), rng)
    _, places, taken = taken_pictures(scenes, true, camera, rng)
    reader, rows, points = dense_reader(), [], []
    for row, (picture, place, covered) in enumerate(zip(taken.pictures, places, taken.covered, strict=True)):
        if covered < _COVERED:
            face = reader.trace(picture, Candidate(_box(place), 1.0))
            if present(face) and face.dense is not None:
                rows.append(row)
                points.append(face.dense)
    return _kept(
        np.array(rows, np.int64), np.array(points, np.float32).reshape(-1, POINTS, 3), shown, training.pictures
    )


def _people(model: MorphableModel, training: LandmarkTraining, rng: np.random.Generator) -> tuple[Float64, Scenes]:
    """Intensities float64[N, 12] of as many pictures, those of one person side by side, and the scenes."""
    config = SimulationConfig(
        people=_AT_ONCE, single_share=training.single_share, combination_share=training.combination_share
    )
    people = make_people(config, 0, rng)
    person = np.repeat(np.arange(_AT_ONCE), training.pictures)
    neutral = np.tile(np.arange(training.pictures) == 0, _AT_ONCE)
    coded = sample_labels(len(person), config, rng)
    shown = np.where(coded > 0, np.clip(coded + rng.uniform(-0.5, 0.5, coded.shape), 0.0, MAX_INTENSITY), 0.0)
    uncoded = uncoded_movements(len(person), rng)
    shown[neutral], uncoded[neutral] = 0.0, 0.0
    expressions = tabulate(model).expressions(drive(people, person, shown, uncoded), people.style[person])
    scenes = draw_scenes(model, len(person), lambda *_: expressions.astype(np.float32), rng)
    first = np.arange(len(person)) // training.pictures * training.pictures
    face = scenes.coefficients
    own = replace(face, identity=face.identity[first], albedo=face.albedo[first])
    return shown, replace(scenes, coefficients=own)


def _box(landmarks: Float) -> tuple[float, float, float, float]:
    """From the brows to the chin."""
    (left, top), (right, bottom) = landmarks.min(0).tolist(), landmarks.max(0).tolist()
    return left, top, right, bottom


def _kept(rows: Int64, points: Float32, shown: Float64, pictures: int) -> Sample:
    """The found pictures of those people whose neutral face was found."""
    person = rows // pictures
    known = {int(who): k for k, (who, row) in enumerate(zip(person, rows, strict=True)) if row % pictures == 0}
    kept = np.array([k for k, who in enumerate(person.tolist()) if who in known], np.int64)
    new = {old: k for k, old in enumerate(kept.tolist())}
    neutral = np.array([new[known[int(who)]] for who in person[kept]], np.int64)
    return Sample(points[kept], shown[rows[kept]].astype(np.float32), person[kept], neutral)


def learn(sample: Sample, training: LandmarkTraining) -> Learnt:
    """Learns an estimator from rendered people.

    Args:
      sample: of one or several face models.
      training: how strongly the ridges shrink.
    """
    reference = reference_of(sample.points[sample.neutral])
    seen = described(turned(sample.points, reference))
    held = sample.person % _HELD_OUT == 0
    moved, changed = seen - seen[sample.neutral], sample.neutral != np.arange(len(seen))
    alone, alone_found = _ridge(seen, sample.intensities, held, training.alone_strength)
    change, change_found = _ridge(moved[changed], sample.intensities[changed], held[changed], training.change_strength)
    by_itself = _reliability(alone_found, sample.intensities[held])
    by_change = _reliability(change_found, sample.intensities[changed & held])
    mean = seen.mean(0)
    estimator = LandmarkEstimator(
        reference=reference,
        mean=mean,
        alone=alone[0],
        alone_bias=alone[1] + mean @ alone[0],
        alone_error=by_itself.error,
        change=change[0],
        change_bias=change[1],
        change_error=by_change.error,
    )
    return Learnt(estimator, by_itself, by_change, len(seen))


def _ridge(seen: Float64, intensities: Float32, held: Bool, strength: float) -> tuple[tuple[Float64, Float64], Float64]:
    """Weights float64[F, 12] and bias float64[12] learnt from all, and what those without the held say of the held.

    Features are brought to variance 1 first.
    """
    deviation = np.maximum(seen.std(0), 1e-6)

    def fitted(x: Float64, y: Float32) -> tuple[Float64, Float64]:
        middle, usual = x.mean(0), y.mean(0, dtype=np.float64)
        z = (x - middle) / deviation
        weights = np.linalg.solve(z.T @ z + strength * np.eye(len(deviation)), z.T @ (y - usual))
        weights /= deviation[:, None]
        return weights, usual - middle @ weights

    weights, bias = fitted(seen[~held], intensities[~held])
    return fitted(seen, intensities), np.clip(seen[held] @ weights + bias, 0.0, MAX_INTENSITY)


def _reliability(found: Float64, true: Float32) -> Reliability:
    correlation = [np.corrcoef(found[:, k], true[:, k])[0, 1] for k in range(len(AU_NUMBERS))]
    return Reliability(np.array(correlation), np.sqrt(np.square(found - true).mean(0)))
