"""People who show the same label: is it the person's own expression, and do people differ as real ones do?"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from au_tf.arrays import ArrayLike, Bool, Float, Float32, Float64, Int32, Int64
from au_tf.evaluation.metrics import mean_of_defined
from au_tf.evaluation.protocols.table1 import neutral_sources
from au_tf.facs import MAX_INTENSITY
from au_tf.morphable.model import MorphableModel
from au_tf.training.frame_table import FrameTable

FRAMES_EACH = 20
"""Of each person and label, as many again being set aside for the person's mean."""
LEAST_PEOPLE = 5
"""Who show a label, for it to be used."""


class SameLabel(NamedTuple):
    """Non-neutral frames whose label several people show; those of one label and person side by side."""

    source: Float32
    """float32[N, E], a neutral frame of the person."""
    intensities: Int32
    """int32[N, 12]."""
    real: Float32
    """float32[N, E], the frame itself."""
    label: Int64
    """int64[G], number of the label of each group of `FRAMES_EACH` rows, ascending."""
    person: Int32
    """int32[G], whose frames these are."""
    mean: Float64
    """float64[G, E], mean of other real frames of that person with that label."""
    judged: Bool
    """bool[G], whether it is a test person."""


class Identity(NamedTuple):
    """How near expressions are to the person's own real face, and to other people's with the same label."""

    own: float
    """Mean distance to the person's own, mm."""
    others: float
    """Mean distance to those of the others, mm."""
    found: float
    """Share of the expressions to which the own one is nearest."""
    chance: float
    """What that share would be by chance."""


class Diversity(NamedTuple):
    """How much expressions of one label differ, mm."""

    between: float
    """Standard deviation between people, without what comes of the frames of each being few."""
    total: float
    """Standard deviation of all."""


def draw_same_label(train: FrameTable, test: FrameTable, seed: int = 0) -> SameLabel:
    """Draws frames of all non-neutral labels that a test person and enough people in all show in enough frames.

    The training people are there to be told apart from, and as people who differ: two test people are few. A small
    data set may have no such label; then there are no rows.
    """
    everybody = FrameTable.joined(train, test)
    frames = everybody.where(~everybody.neutral)
    rng = np.random.default_rng(seed)
    key = (frames.intensities.astype(np.int64) @ _DIGITS) * (frames.person.max() + 1) + frames.person
    order = rng.permutation(len(frames))
    order = order[np.argsort(key[order], kind="stable")]
    first, count = np.unique(key[order], return_index=True, return_counts=True)[1:]
    first = first[count >= 2 * FRAMES_EACH]
    person, label = frames.person[order[first]], key[order[first]] // (frames.person.max() + 1)
    tested = np.isin(person, test.person)
    known = np.array([(label == own).sum() >= LEAST_PEOPLE and tested[label == own].any() for own in label], bool)
    rows = order[first[known, None] + np.arange(2 * FRAMES_EACH)]
    shown = frames.where(rows[:, :FRAMES_EACH].ravel())
    return SameLabel(
        neutral_sources(everybody, shown, seed),
        shown.intensities,
        shown.expression,
        np.unique(label[known], return_inverse=True)[1],
        person[known],
        frames.expression[rows[:, FRAMES_EACH:]].mean(1, dtype=np.float64),
        tested[known],
    )


_DIGITS = (int(MAX_INTENSITY) + 1) ** np.arange(12, dtype=np.int64)


@lru_cache(maxsize=1)
def mesh_metric(model: MorphableModel) -> Float64:
    """What makes distances of coefficients those of the mesh; the last one is kept.

    Returns:
      float64[E, K]; the norm of a change of expression times this is the root mean square motion of the face proper
      (`mask`), mm.
    """
    proper = model.mask > 0
    weights = np.sqrt(model.mask[proper] / model.mask.sum(dtype=np.float64))
    moved = (model.expression_basis[:, proper] * weights[:, None]).reshape(len(model.expression_basis), -1)
    values, vectors = np.linalg.eigh(moved @ moved.T)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def compare(expressions: ArrayLike, own: ArrayLike, faces: ArrayLike, metric: Float64) -> Identity:
    """Compares expressions with real faces, one a person.

    Args:
      expressions: float[N, E].
      own: int[N], whose they are meant to be, an index of `faces`.
      faces: float[P, E], of at least two people.
      metric: of `mesh_metric`.
    """
    moved, rows = np.asarray(expressions)[:, None] - np.asarray(faces), np.arange(len(np.asarray(own)))
    distances = np.linalg.norm(moved @ metric, axis=-1)
    mine = distances[rows, own]
    others = (distances.sum(1) - mine) / (distances.shape[1] - 1)
    found = distances.argmin(1) == own
    return Identity(float(mine.mean()), float(others.mean()), float(found.mean()), 1 / distances.shape[1])


def identity(expressions: ArrayLike, sample: SameLabel, metric: Float64) -> Identity:
    """Compares the test people's expressions with everybody's real means of the same label.

    Args:
      expressions: float[N, E], for the rows of the sample.
      sample: whose expressions they are meant to be.
      metric: of `mesh_metric`.

    Returns:
      Means over people and labels; NaN if the sample is empty.
    """
    groups = _groups(expressions, sample)
    found = []
    for group in np.flatnonzero(sample.judged):
        same = np.flatnonzero(sample.label == sample.label[group])
        own = np.full(FRAMES_EACH, np.flatnonzero(same == group)[0])
        found.append(compare(groups[group], own, sample.mean[same], metric))
    return Identity(*(mean_of_defined([each[k] for each in found]) for k in range(len(Identity._fields))))


def diversity(expressions: ArrayLike, sample: SameLabel, metric: Float64) -> Diversity:
    """Spread of everybody's expressions about the mean of their label, as root mean square over the labels.

    Args:
      expressions: float[N, E], for the rows of the sample.
      sample: whose expressions they are meant to be.
      metric: of `mesh_metric`.

    Returns:
      The deviations; NaN if the sample is empty.
    """
    groups = _groups(expressions, sample) @ metric
    between, total = [], []
    for label in np.unique(sample.label):
        people = groups[sample.label == label]
        means = people.mean(1)
        within = np.square(people - means[:, None]).sum(-1).mean() * FRAMES_EACH / (FRAMES_EACH - 1)
        spread = np.square(means - means.mean(0)).sum() / (len(means) - 1)
        between.append(max(spread - within / FRAMES_EACH, 0.0))
        total.append(np.square(people - means.mean(0)).sum(-1).mean())
    return Diversity(mean_of_defined(between) ** 0.5, mean_of_defined(total) ** 0.5)


def _groups(expressions: ArrayLike, sample: SameLabel) -> Float:
    """Expressions for the rows of the sample, float[G, FRAMES_EACH, E]."""
    return np.asarray(expressions).reshape(len(sample.label), FRAMES_EACH, sample.mean.shape[1])
