"""Learning a landmark estimator from rendered people, and what it is worth on those whom it has not seen."""

from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Float64, Int64
from au_tf.estimation.landmarks.frontal import reference_of
from au_tf.estimation.landmarks.landmark_estimator import PLACES, LandmarkEstimator, described_faces
from au_tf.estimation.landmarks.landmark_training import Sample
from au_tf.estimation.landmarks.landmark_training_config import FOLDS, LandmarkTraining
from au_tf.estimation.landmarks.skin import Crop
from au_tf.facs import MAX_INTENSITY


class Held(NamedTuple):
    """What an estimator says of people when it is learnt without them."""

    true: Float64
    """float64[N, 12] in [0, 5]."""
    found: Float64
    """float64[N, 12] in [0, 5]."""
    row: Int64
    """int64[N], of the sample."""


class Learnt(NamedTuple):
    """An estimator, and what it says of rendered people when it is learnt without them."""

    estimator: LandmarkEstimator
    alone: Held
    """From one picture."""
    change: Held
    """With a picture of the neutral face."""


def describe_sample(sample: Sample, reference: Float64) -> Float64:
    """What an estimator sees of the faces, float64[N, F]."""
    crops = [Crop(grey, places) for grey, places in zip(sample.crops, sample.places, strict=True)]
    return described_faces(sample.points.astype(np.float64), crops, reference)


def learn(sample: Sample, training: LandmarkTraining) -> Learnt:
    """Learns an estimator from rendered people.

    Args:
      sample: of one or several face models.
      training: how strongly the ridges shrink.
    """
    reference = reference_of(sample.points[sample.neutral])
    seen = describe_sample(sample, reference)
    rest, true = sample.neutral, sample.intensities.astype(np.float64)
    moved = rest != np.arange(len(seen))
    strength = np.where(np.arange(seen.shape[1]) < PLACES, training.place_strength, training.skin_strength)
    mean = seen.mean(0)
    alone = _held_out(seen, true, strength, sample.person)
    change = _held_out((seen - seen[rest])[moved], true[moved], strength, sample.person[moved])
    shares = _shares(np.stack([change.found, alone.found[moved], alone.found[rest][moved]], -1), true[moved])
    together = shares.mix(change.found, alone.found[moved], alone.found[rest][moved])
    single = _Scale.of(alone.found, true)
    changed = _Scale.of(together, true[moved])
    estimator = LandmarkEstimator(
        reference=reference,
        mean=mean,
        alone=alone.weights * single.gain,
        alone_bias=single(alone.bias + mean @ alone.weights),
        alone_error=_errors(single(alone.found), true),
        # What is told by the change, by this face and by the neutral one, in terms of the change and the neutral one.
        change=(change.weights * shares.change + alone.weights * shares.seen) * changed.gain,
        own=alone.weights * (shares.seen + shares.rest) * changed.gain,
        change_bias=changed(
            shares.mix(change.bias, alone.bias + mean @ alone.weights, alone.bias + mean @ alone.weights)
        ),
        change_error=_errors(changed(together), true[moved]),
        level=single(alone.found[~moved]).std(0),
    )
    return Learnt(
        estimator,
        Held(true, _confined(single(alone.found)), np.arange(len(seen))),
        Held(true[moved], _confined(changed(together)), np.flatnonzero(moved)),
    )


def across_heads(sample: Sample, training: LandmarkTraining) -> tuple[Held, Held] | None:
    """What an estimator says of people of face models that it has not learnt from: alone, and with a neutral face.

    Returns:
      None if there is but one face model.
    """
    heads = np.unique(sample.head)
    if len(heads) == 1:
        return None
    told: tuple[list[Held], list[Held]] = ([], [])
    for head in heads:
        other = sample.head == head
        estimator, rows, unseen = learn(sample.of(~other), training).estimator, np.flatnonzero(other), sample.of(other)
        seen = describe_sample(unseen, estimator.reference)
        true = unseen.intensities.astype(np.float64)
        told[0].append(Held(true, _confined(estimator.read(seen)), rows))
        moved = unseen.neutral != np.arange(len(seen))
        change = estimator.read(seen[moved], seen[unseen.neutral[moved]])
        told[1].append(Held(true[moved], _confined(change), rows[moved]))
    alone, changed = (Held(*(np.concatenate(columns) for columns in zip(*parts, strict=True))) for parts in told)
    return alone, changed


class _HeldOut(NamedTuple):
    """A ridge regression, and what it says of people when learnt without them."""

    weights: Float64
    """float64[F, 12]."""
    bias: Float64
    """float64[12]."""
    found: Float64
    """float64[N, 12]."""


def _held_out(seen: Float64, true: Float64, strength: Float64, person: Int64) -> _HeldOut:
    found = np.empty_like(true)
    for fold in range(FOLDS):
        held = person % FOLDS == fold
        weights, bias = _ridge(seen[~held], true[~held], strength)
        found[held] = seen[held] @ weights + bias
    return _HeldOut(*_ridge(seen, true, strength), found)


def _ridge(seen: Float64, true: Float64, strength: Float64) -> tuple[Float64, Float64]:
    """Weights float64[F, 12] and bias float64[12]; features are brought to variance 1 and weighed by their strength."""
    middle, usual = seen.mean(0), true.mean(0)
    scale = np.maximum(seen.std(0), 1e-6) * np.sqrt(strength)
    z = (seen - middle) / scale
    weights = np.linalg.solve(z.T @ z + np.eye(len(scale)), z.T @ (true - usual)) / scale[:, None]
    return weights, usual - middle @ weights


class _Shares(NamedTuple):
    """How far the change from the neutral face, the face by itself, and the neutral face by itself are believed."""

    change: Float64
    seen: Float64
    rest: Float64
    """float64[12] each."""
    bias: Float64
    """float64[12]."""

    def mix(self, change: Float64, seen: Float64, rest: Float64) -> Float64:
        """One reading of three, each float64[..., 12]."""
        return change * self.change + seen * self.seen + rest * self.rest + self.bias


def _shares(told: Float64, true: Float64) -> _Shares:
    """Least squares over what three readings float64[N, 12, 3] tell of people whom they have not seen."""
    columns = []
    for k in range(true.shape[1]):
        features = np.concatenate([told[:, k], np.ones((len(told), 1))], 1)
        columns.append(np.linalg.lstsq(features, true[:, k], rcond=None)[0])
    return _Shares(*np.array(columns).T)


class _Scale(NamedTuple):
    """What undoes that regressions shrink what they are unsure of: standardised major axis (Kermack, Haldane 1950).

    Least squares give a weak Action Unit a slope of r squared on the true intensity; this gives r, readings that vary
    as much as intensities do, and 0 on average for what is absent.
    """

    gain: Float64
    """float64[12]."""
    zero: Float64
    """float64[12]."""

    @classmethod
    def of(cls, found: Float64, true: Float64) -> Self:
        """Of readings float64[N, 12] of people whom a regression has not seen."""
        absent = np.ma.masked_array(found, true > 0)
        return cls(true.std(0) / np.maximum(found.std(0), 1e-6), absent.mean(0).filled(0.0))

    def __call__(self, found: Float64) -> Float64:
        return (found - self.zero) * self.gain


def _errors(found: Float64, true: Float64) -> Float64:
    return np.sqrt(np.square(_confined(found) - true).mean(0))


def _confined(found: Float64) -> Float64:
    return np.clip(found, 0.0, MAX_INTENSITY)
