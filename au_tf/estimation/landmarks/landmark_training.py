"""Rendered people to learn a landmark estimator from, whose landmarks are found as those of real ones are."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float, Float32, Float64, Int64, UInt8
from au_tf.estimation.landmarks.at_rest import spoken, uncoded, with_own_rest
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
from au_tf.estimation.landmarks.skin import CROP, Crop, cropped
from au_tf.facs import MAX_INTENSITY
from au_tf.files import read_npz, write_npz
from au_tf.fitting.detect.dense_landmarks import POINTS, dense_reader
from au_tf.fitting.detect.detected_face import Candidate
from au_tf.fitting.detect.detection import present
from au_tf.fitting.synthetic.detector import taken_pictures
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline, as_aligned
from au_tf.fitting.synthetic.scenes import Scenes, draw_scenes
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.morphable.model import MorphableModel, Part
from au_tf.pictures.colour import to_srgb
from au_tf.progress import progress
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.mechanics import tabulate
from au_tf.simulation.population import drive, make_people, sample_labels
from au_tf.simulation.population_config import SimulationConfig

_AT_ONCE = 20
"""People drawn from one seed."""
_COVERED = 0.15
OF_PHOTOS = -1
"""In place of the number of a face model: pictures made of a photo."""


class Sample(NamedTuple):
    """Pictures of people in which their landmarks were found."""

    points: Float32
    """float32[N, 478, 3], in pixels."""
    crops: UInt8
    """uint8[N, CROP, CROP], the faces cut out, as `skin.cropped` does."""
    places: Float32
    """float32[N, 478, 2], the landmarks there."""
    intensities: Float32
    """float32[N, 12] in [0, 5]."""
    person: Int64
    """int64[N], who it is."""
    neutral: Int64
    """int64[N], row of the same person's neutral face."""
    tone: Float32
    """float32[N], lightness of the skin: its individual typology angle in degrees (Chardon et al. 1991); of photos not
    a number."""
    yaw: Float32
    """float32[N], by how many degrees the head is turned to the side."""
    head: Int64
    """int64[N], number of the face model, or `OF_PHOTOS`."""
    glasses: Bool
    """bool[N], who wears some."""
    scatter: Float32
    """float32[N], as `DetectedFace.scatter`."""

    @classmethod
    def joined(cls, parts: Sequence["Sample"]) -> "Sample":
        """All pictures of several samples of different people."""
        rows = np.cumsum([0, *(len(part.person) for part in parts)])
        people = np.cumsum([0, *(int(part.person.max(initial=-1)) + 1 for part in parts)])
        shifted = [
            part._replace(person=part.person + who, neutral=part.neutral + row)
            for part, who, row in zip(parts, people[:-1], rows[:-1], strict=True)
        ]
        return cls(**{name: np.concatenate([getattr(part, name) for part in shifted]) for name in cls._fields})

    def of(self, rows: Bool) -> "Sample":
        """The pictures of some people, all of each, by bool[N]."""
        columns = {name: column[rows] for name, column in self._asdict().items()}
        return Sample(**columns | {"neutral": (np.cumsum(rows) - 1)[self.neutral[rows]]})


def draw_sample(model: MorphableModel, training: LandmarkTraining, head: int, kept: Path) -> Sample:
    """Renders people of a face model and finds their landmarks.

    People whose neutral face is not found are left out, and pictures in which more than 15 % of the face is covered.

    Args:
      model: the face model.
      training: how many people, and what they show.
      head: number of the face model.
      kept: a folder where pictures are kept some people at a time; those that are there are not drawn again.

    Raises:
      InputError: if what is kept is damaged or the place cannot be written.
    """
    camera, outline = SyntheticCamera(BatchRenderer(model)), Outline.of(model)
    drawn = [model.digest, training.pictures, training.single_share, training.combination_share, training.seed, head]
    place = kept / hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]
    parts = []
    for number in progress(range(-(-training.people // _AT_ONCE)), f"{model.name}: people", unit=f"{_AT_ONCE} people"):
        path = place / f"people-{number:04d}.npz"
        if not path.exists():
            write_npz(path, _block(model, camera, outline, training, head, number)._asdict())
        parts.append(Sample(**read_npz(path, [*Sample._fields])))
    return Sample.joined(parts)


def _block(
    model: MorphableModel,
    camera: SyntheticCamera,
    outline: Outline,
    training: LandmarkTraining,
    head: int,
    number: int,
) -> Sample:
    rng = np.random.default_rng([training.seed, head, number])
    shown, scenes = _people(model, training, rng)
    scenes, true = as_aligned(scenes, outline, DetectorError.none(), rng)
    _, places, taken = taken_pictures(scenes, true, camera, rng)
    reader = dense_reader()
    rows: list[int] = []
    points: list[Float32] = []
    crops: list[Crop] = []
    scatter: list[float] = []
    for row, (picture, place, covered) in enumerate(zip(taken.pictures, places, taken.covered, strict=True)):
        if covered < _COVERED:
            face = reader.trace(picture, Candidate(_box(place), 1.0))
            if present(face) and face.dense is not None:
                rows.append(row)
                points.append(face.dense)
                crops.append(cropped(picture, face.dense))
                scatter.append(face.scatter)
    found = np.array(rows, np.int64)
    people = scenes.coefficients[found]
    forward = people.pose.matrix[:, :, 2]
    seen = Sample(
        np.array(points, np.float32).reshape(-1, POINTS, 3),
        np.array([crop.grey for crop in crops], np.uint8).reshape(-1, CROP, CROP),
        np.array([crop.points for crop in crops], np.float32).reshape(-1, POINTS, 2),
        shown[found].astype(np.float32),
        found // training.pictures,
        found % training.pictures,
        typology_angle(model, people.albedo),
        np.degrees(np.arctan2(forward[:, 0], np.abs(forward[:, 2]))).astype(np.float32),
        np.full(len(found), head),
        taken.glasses[found],
        np.array(scatter, np.float32),
    )
    return _with_neutral(seen)


def _people(model: MorphableModel, training: LandmarkTraining, rng: np.random.Generator) -> tuple[Float64, Scenes]:
    """Intensities float64[N, 12] of as many pictures, those of one person side by side, and the scenes."""
    config = SimulationConfig(
        people=_AT_ONCE, single_share=training.single_share, combination_share=training.combination_share
    )
    people = with_own_rest(make_people(config, 0, rng), rng)
    person = np.repeat(np.arange(_AT_ONCE), training.pictures)
    neutral = np.tile(np.arange(training.pictures) == 0, _AT_ONCE)
    coded = sample_labels(len(person), config, rng)
    shown = np.where(coded > 0, np.clip(coded + rng.uniform(-0.5, 0.5, coded.shape), 0.0, MAX_INTENSITY), 0.0)
    shown[neutral] = 0.0
    shown, speaking = spoken(shown, neutral, rng)
    moved = drive(people, person, shown, uncoded(shown, neutral, speaking, rng))
    expressions = tabulate(model).expressions(moved, people.style[person])
    scenes = draw_scenes(model, len(person), lambda *_: expressions.astype(np.float32), rng)
    first = np.arange(len(person)) // training.pictures * training.pictures
    face = scenes.coefficients
    own = replace(face, identity=face.identity[first], albedo=face.albedo[first])
    # Half of the people are seen in one light, as on a film, the others in one for each picture.
    filmed = person % 2 == 0
    own = replace(own, lighting=np.where(filmed[:, None, None], face.lighting[first], face.lighting))
    return shown, replace(scenes, coefficients=own)


def _box(landmarks: Float) -> tuple[float, float, float, float]:
    """From the brows to the chin."""
    (left, top), (right, bottom) = landmarks.min(0).tolist(), landmarks.max(0).tolist()
    return left, top, right, bottom


def _with_neutral(seen: Sample) -> Sample:
    """The pictures of those people whose neutral face was found; `neutral` comes as a picture's number, 0 of that."""
    first = {int(who): row for row, who in enumerate(seen.person) if seen.neutral[row] == 0}
    kept = np.array([row for row, who in enumerate(seen.person) if int(who) in first], np.int64)
    new = {old: row for row, old in enumerate(kept.tolist())}
    neutral = np.array([new[first[int(who)]] for who in seen.person[kept]], np.int64)
    columns = {name: column[kept] for name, column in seen._asdict().items()}
    return Sample(**columns | {"neutral": neutral})


def typology_angle(model: MorphableModel, albedo: Float32) -> Float32:
    """The skin's individual typology angle float32[N] in degrees, from 90, very light, to -90, dark."""
    # skimage is slow to import.
    from skimage.color import rgb2lab

    skin = model.albedo(albedo)[:, model.parts == Part.SKIN].mean(1)
    lightness, _, yellow = np.moveaxis(rgb2lab(to_srgb(skin)), -1, 0)
    return np.degrees(np.arctan2(lightness - 50.0, yellow)).astype(np.float32)
