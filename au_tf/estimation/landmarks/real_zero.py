"""The zero of each Action Unit on real skin, which has more edges than that of rendered people.

Two portraits in the public domain that come with scikit-image and matplotlib tell by how much what they do not show is
misread. Nothing else of them is learnt.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float64, Pixels
from au_tf.errors import AuTfError
from au_tf.estimation.landmarks.landmark_estimator import LandmarkEstimator
from au_tf.facs import AU_NUMBERS
from au_tf.fitting.detect.detection import detect_faces
from au_tf.pictures.images import read_image


class Portrait(NamedTuple):
    """A photo of a real face."""

    name: str
    """Whose, and from where."""
    picture: Pixels
    """uint8[H, W, 3], sRGB."""
    unknown: tuple[int, ...]
    """Action Units that it shows, may show, or hides."""


def portraits() -> list[Portrait]:
    """Eileen Collins (NASA) and Grace Hopper (US Navy), both in the public domain; coded by eye."""
    # Slow to import.
    from matplotlib.cbook import get_sample_data
    from skimage import data

    # Her cap's brim is where inner brows fold the forehead.
    hopper = read_image(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return [
        Portrait("Eileen Collins, scikit-image", data.astronaut(), (6, 12, 25, 26)),
        Portrait("Grace Hopper, matplotlib", hopper, (1, 2, 12)),
    ]


def zeroed(estimator: LandmarkEstimator) -> LandmarkEstimator:
    """The estimator with its readings of what the portraits do not show brought towards 0, as far as `misread` tells.

    Raises:
      AuTfError: if the landmarks of a portrait are not found.
    """
    given = portraits()
    seen = np.concatenate([_described(estimator, portrait) for portrait in given])
    absent = np.array([[number not in portrait.unknown for number in AU_NUMBERS] for portrait in given])
    return replace(
        estimator,
        alone_bias=estimator.alone_bias - misread(estimator.read(seen), absent, estimator.level),
        # A face beside itself shows what is misread of both.
        change_bias=estimator.change_bias - misread(estimator.read(seen, seen), absent, estimator.level),
    )


def _described(estimator: LandmarkEstimator, portrait: Portrait) -> Float64:
    faces = detect_faces(portrait.picture)
    if not faces or faces[0].dense is None:
        raise AuTfError(f"no face is found in the portrait of {portrait.name}")
    return estimator.describe_one(portrait.picture, faces[0].dense)


def misread(readings: Float64, absent: Bool, level: Float64) -> Float64:
    """By how much real faces are misread as a whole: the mean of a normal posterior, float64[12].

    Real people differ by a multiple of what rendered ones do. That multiple and how large misreadings are before a face
    is seen are those with which the readings of all Action Units agree (empirical Bayes, by moments; Morris 1983).

    Args:
      readings: float64[N, 12].
      absent: bool[N, 12], which of them should be 0; of some Action Unit in two faces at least.
      level: float64[12], how far readings of rendered people's neutral faces differ from one another.
    """
    count = absent.sum(0)
    mean = (readings * absent).sum(0) / np.maximum(count, 1)
    apart = np.square((readings - mean) / level * absent).sum() / np.maximum(count - 1, 0).sum()
    variance = apart * np.square(level)
    seen = count > 0
    prior = max(float(np.mean(np.square(mean[seen]) - variance[seen] / count[seen])), 0.0)
    believed = np.divide(count * prior, count * prior + variance, out=np.zeros_like(mean), where=seen)
    return np.asarray(mean * believed)
