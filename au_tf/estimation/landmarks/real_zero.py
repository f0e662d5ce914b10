"""The zero of each Action Unit on real skin, which has more edges than that of rendered people.

Portraits tell by how much what they do not show is misread: two in the public domain that come with scikit-image and
matplotlib, and any others. Nothing else of them is learnt.
"""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float64, Pixels
from au_tf.errors import AuTfError, InputError
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
    licence: str


COLUMNS = ("photo", "whose", "licence", "unknown")


def portraits(table: Path | None = None) -> list[Portrait]:
    """Eileen Collins (NASA) and Grace Hopper (US Navy), both in the public domain and coded by eye, and others.

    Args:
      table: of other portraits, a CSV file with a row each: `photo`, a file beside the table; `whose`; `licence`; and
        `unknown`, the numbers of Action Units that it shows, may show, or hides, with blanks between them.

    Raises:
      InputError: if the table or a photo cannot be read.
    """
    # Slow to import.
    from matplotlib.cbook import get_sample_data
    from skimage import data

    # Her cap's brim is where inner brows fold the forehead.
    hopper = read_image(str(get_sample_data("grace_hopper.jpg", asfileobj=False)))
    return [
        Portrait("Eileen Collins (NASA, in scikit-image)", data.astronaut(), (6, 12, 25, 26), "public domain"),
        Portrait("Grace Hopper (US Navy, in matplotlib)", hopper, (1, 2, 12), "public domain"),
        *([] if table is None else _listed(table)),
    ]


def _listed(table: Path) -> list[Portrait]:
    try:
        with table.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeError, csv.Error) as error:
        raise InputError(table, "table", str(error), f"a CSV file with the columns {', '.join(COLUMNS)}") from error
    found = []
    for number, row in enumerate(rows, 1):
        missing = [name for name in COLUMNS if row.get(name) is None]
        if missing:
            raise InputError(table, missing[0], f"none in row {number}", f"the columns {', '.join(COLUMNS)}")
        units = row["unknown"].split()
        if not set(units) <= {str(unit) for unit in AU_NUMBERS}:
            expected = f"numbers out of {', '.join(map(str, AU_NUMBERS))} with blanks between them"
            raise InputError(table, "unknown", row["unknown"], expected)
        picture = read_image(table.parent / row["photo"])
        found.append(Portrait(row["whose"], picture, tuple(map(int, units)), row["licence"]))
    return found


def zeroed(estimator: LandmarkEstimator, given: Sequence[Portrait]) -> LandmarkEstimator:
    """The estimator with its readings of what portraits do not show brought towards 0, as far as `misread` tells.

    Raises:
      AuTfError: if the landmarks of a portrait are not found.
    """
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
