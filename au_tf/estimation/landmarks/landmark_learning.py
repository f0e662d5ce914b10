"""Learning a landmark estimator from rendered people, and what it is worth on those whom it has not seen."""

from typing import NamedTuple, Self

import numpy as np

from au_tf.arrays import Float64, Int64
from au_tf.au_statistics import CORRELATION
from au_tf.estimation.landmarks.frontal import reference_of, turned
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator, described_faces
from au_tf.estimation.landmarks.landmark_training import OF_PHOTOS, Sample
from au_tf.estimation.landmarks.landmark_training_config import FOLDS, LandmarkTraining
from au_tf.estimation.landmarks.regions import strengths
from au_tf.estimation.landmarks.skin import Crop
from au_tf.estimation.landmarks.uncertainty import Spread, views
from au_tf.facs import AU_NUMBERS, MAX_INTENSITY

MAX_GAIN = 3.0
"""Most by which readings are stretched."""
MISTRUST = 2.0
"""How much more readings of real people err than those of rendered ones, as a variance: a guess."""
SMILE = (6, 12)
"""Action Units that are taken to come together as people show them: the first hardly shows by itself."""


class Held(NamedTuple):
    """What an estimator says of people when it is learnt without them."""

    true: Float64
    """float64[N, 12] in [0, 5]."""
    found: Float64
    """float64[N, 12] in [0, 5]."""
    row: Int64
    """int64[N], of the sample."""
    told: Float64
    """float64[N, 12], root mean square errors that were expected, by what was learnt of other people's."""


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


def sample_views(sample: Sample, reference: Float64) -> Float64:
    """How the faces are seen, float64[N, 5], as `uncertainty.views`."""
    crops = [Crop(grey, places) for grey, places in zip(sample.crops, sample.places, strict=True)]
    return views(turned(sample.points, reference), crops, sample.scatter)


def learn(sample: Sample, training: LandmarkTraining) -> Learnt:
    """Learns an estimator from rendered people.

    Args:
      sample: people of one or several face models, and of photos, who are not among those of whom is told.
      training: how strongly the ridges shrink.
    """
    rest, true, drawn = sample.neutral, sample.intensities.astype(np.float64), sample.head != OF_PHOTOS
    reference = reference_of(sample.points[rest[drawn]])
    seen = describe_sample(sample, reference)
    moved = drawn & (rest != np.arange(len(seen)))
    mean = seen[drawn].mean(0)
    alone = _held_out(seen, true, strengths(reference, training, alone=True), sample)
    change = _held_out_change(seen, true, strengths(reference, training, alone=False), sample)
    shares = _shares(np.stack([change.found[moved], alone.found[moved], alone.found[rest][moved]], -1), true[moved])
    together = shares.mix(change.found, alone.found, alone.found[rest])[moved]
    single = Likely.each(alone.found[drawn], true[drawn])
    changed = Likely.of(together, true[moved])
    bias = alone.bias + mean @ alone.weights
    seeing = sample_views(sample, reference)
    found = _confined(single(alone.found)), _confined(changed(together))
    both = (change.weights * shares.change + alone.weights * shares.seen) @ changed.weights
    estimator = LandmarkEstimator(
        reference=reference,
        mean=mean,
        alone=alone.weights @ single.weights,
        alone_bias=single(bias),
        alone_spread=Spread.of(seeing[drawn], found[0][drawn], (found[0] - true)[drawn]).weights,
        # What is told by the change, by this face and by the neutral one, in terms of the change and the neutral one.
        change=both,
        own=alone.weights * (shares.seen + shares.rest) @ changed.weights,
        change_bias=changed(shares.mix(np.zeros_like(bias), bias, bias)),
        change_spread=Spread.of(seeing[moved], found[1], found[1] - true[moved]).weights,
        level=single(alone.found[drawn & ~moved]).std(0),
        rest_level=(seen[drawn & ~moved] @ both).std(0),
    )
    return Learnt(
        estimator,
        _held(true, found[0][drawn], np.flatnonzero(drawn), seeing, sample.person),
        _held(true, found[1], np.flatnonzero(moved), seeing, sample.person),
    )


def across_heads(sample: Sample, training: LandmarkTraining) -> tuple[Held, Held] | None:
    """What an estimator says of people of face models that it has not learnt from: alone, and with a neutral face.

    Returns:
      None if there is but one face model.
    """
    heads = np.unique(sample.head[sample.head != OF_PHOTOS])
    if len(heads) == 1:
        return None
    told: tuple[list[Held], list[Held]] = ([], [])
    for head in heads:
        other = sample.head == head
        estimator, rows, unseen = learn(sample.of(~other), training).estimator, np.flatnonzero(other), sample.of(other)
        seen, seeing = describe_sample(unseen, estimator.reference), sample_views(unseen, estimator.reference)
        true = unseen.intensities.astype(np.float64)
        moved = unseen.neutral != np.arange(len(seen))
        for which, own in enumerate((np.ones(len(seen), bool), moved)):
            rest = seen[unseen.neutral[own]] if which else None
            found = _confined(estimator.read(seen[own], rest))
            errors = estimator.errors(seeing[own], found, bool(which))
            told[which].append(Held(true[own], found, rows[own], errors))
    alone, changed = (Held(*(np.concatenate(columns) for columns in zip(*parts, strict=True))) for parts in told)
    return alone, changed


def _held(true: Float64, found: Float64, row: Int64, seeing: Float64, person: Int64) -> Held:
    told, error = np.empty_like(found), found - true[row]
    for fold in range(FOLDS):
        held = person[row] % FOLDS == fold
        told[held] = Spread.of(seeing[row][~held], found[~held], error[~held])(seeing[row][held], found[held])
    return Held(true[row], found, row, told)


class _HeldOut(NamedTuple):
    """A ridge regression, and what it says of people when learnt without them."""

    weights: Float64
    """float64[F, 12]."""
    bias: Float64
    """float64[12]."""
    found: Float64
    """float64[N, 12]."""


def _held_out(seen: Float64, true: Float64, strength: Float64, sample: Sample) -> _HeldOut:
    """Of faces by themselves; not of those of photos, which are too few people to tell how faces differ."""
    found, drawn = np.empty_like(true), sample.head != OF_PHOTOS
    for fold in range(FOLDS):
        held = sample.person % FOLDS == fold
        weights, bias = _ridge(seen[drawn & ~held], true[drawn & ~held], strength)
        found[held] = seen[held] @ weights + bias
    return _HeldOut(*_ridge(seen[drawn], true[drawn], strength), found)


def _held_out_change(seen: Float64, true: Float64, strength: Float64, sample: Sample) -> _HeldOut:
    """Of the change from the neutral face, learnt from all that differs between a person's pictures."""
    own, shown = _centred(seen, sample.person), _centred(true, sample.person)
    change, found = seen - seen[sample.neutral], np.empty_like(true)
    for fold in range(FOLDS):
        held = sample.person % FOLDS == fold
        found[held] = change[held] @ _ridge(own[~held], shown[~held], strength)[0]
    return _HeldOut(*_ridge(own, shown, strength), found)


def _centred(values: Float64, person: Int64) -> Float64:
    """Values float64[N, K] less the mean of each person's."""
    total = np.zeros((int(person.max()) + 1, values.shape[1]))
    np.add.at(total, person, values)
    return values - (total / np.maximum(np.bincount(person), 1)[:, None])[person]


def _ridge(seen: Float64, true: Float64, strength: Float64) -> tuple[Float64, Float64]:
    """Weights float64[F, 12] and bias float64[12]; features are brought to variance 1 and weighed by their strength.

    Args:
      seen: float64[N, F].
      true: float64[N, 12].
      strength: float64[12, F], infinite for what an Action Unit is not looked for in.
    """
    middle, usual = seen.mean(0), true.mean(0)
    weights = np.zeros((seen.shape[1], true.shape[1]))
    patterns, which = np.unique(strength, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        units, used = np.flatnonzero(which == number), np.flatnonzero(np.isfinite(pattern))
        scale = np.maximum(seen[:, used].std(0), 1e-6) * np.sqrt(pattern[used])
        z = (seen[:, used] - middle[used]) / scale
        solved = np.linalg.solve(z.T @ z + np.eye(len(used)), z.T @ (true - usual)[:, units])
        weights[np.ix_(used, units)] = solved / scale[:, None]
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


class Likely(NamedTuple):
    """The intensities that are likely behind readings, stretched to vary as much as intensities do.

    What regressions take of one Action Unit for another is told apart by how they err on people they have not seen
    (normal posterior, Bishop 2006, eq. 2.116), of Action Units that come by themselves but for AU6 with AU12. Least
    squares shrink what they are unsure of, to a slope of r squared; this gives r (standardised major axis, Kermack and
    Haldane 1950), and 0 on average for what is absent; beyond `MAX_GAIN` it would be noise that grows.
    """

    weights: Float64
    """float64[12, 12], from readings to intensities."""
    zero: Float64
    """float64[12]."""

    @classmethod
    def of(cls, found: Float64, true: Float64) -> Self:
        """Of readings float64[N, 12] of people whom a regression has not seen."""
        known = np.column_stack([np.ones(len(true)), true])
        lines = np.linalg.lstsq(known, found, rcond=None)[0]
        mixed = lines[1:].T
        errors = MISTRUST * np.cov(found - known @ lines, rowvar=False)
        together = _together()
        weights = np.linalg.solve(mixed @ together @ mixed.T + errors, mixed @ together)
        return cls._stretched(np.asarray(weights, np.float64), found @ weights, true)

    @classmethod
    def each(cls, found: Float64, true: Float64) -> Self:
        """The same by stretching alone: readings of real strangers do not err together as those of rendered people."""
        return cls._stretched(np.eye(found.shape[1]), found, true)

    @classmethod
    def _stretched(cls, weights: Float64, likely: Float64, true: Float64) -> Self:
        gain = np.minimum(true.std(0) / np.maximum(likely.std(0), 1e-6), MAX_GAIN)
        absent = np.ma.masked_array(likely, true > 0)
        return cls(weights * gain, absent.mean(0).filled(0.0) * gain)

    def __call__(self, found: Float64) -> Float64:
        return found @ self.weights - self.zero


def _together() -> Float64:
    """float64[12, 12], how intensities vary together before a face is seen: those of smiles raise cheeks."""
    pair = [AU_NUMBERS.index(unit) for unit in SMILE]
    variance = np.eye(len(AU_NUMBERS))
    variance[pair, pair[::-1]] = CORRELATION[*pair]
    return variance


def _confined(found: Float64) -> Float64:
    return np.clip(found, 0.0, MAX_INTENSITY)
