"""Photos of rendered people that no training has seen, and how well a fit does on them."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Float32, Float64, Int64, Pixels
from au_tf.fitting.accuracy import aligned_distance, turn_between, weighted_correlation
from au_tf.fitting.detect.detected_face import DetectedFace
from au_tf.fitting.synthetic.detector import PHOTO_SIZE, found_in, taken_pictures
from au_tf.fitting.synthetic.landmark_errors import DetectorError, as_aligned
from au_tf.fitting.synthetic.picture_store import SceneSampler
from au_tf.fitting.synthetic.scenes import YAW, Scenes, draw_scenes
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.progress import progress

_SEED = 1_000_003
_AT_ONCE = 20


class Benchmark(NamedTuple):
    """Photos of people whom the detector finds."""

    photos: Pixels
    """uint8[N, 336, 336, 3], sRGB."""
    faces: list[DetectedFace]
    """As detected."""
    scenes: Scenes
    """What is true, before the photos' cameras."""
    yaw: Float32
    """float32[N], degrees by which the face is turned to the side from the line of sight."""
    covered: Float32
    """float32[N], share of the face's visible skin that something is in front of."""
    drawn: int
    """How many photos were taken; in the others the detector found no face, or another one."""

    @property
    def landmarks(self) -> Float32:
        """float32[N, 68, 2], as detected, (column, row) in pixels."""
        return np.array([face.landmarks for face in self.faces], np.float32).reshape(-1, 68, 2)

    @property
    def cameras(self) -> Camera:
        """Those of the photos."""
        return self.scenes.camera


def draw_benchmark(sampler: SceneSampler, count: int, seed: int = _SEED, yaw: float = YAW) -> Benchmark:
    """Takes photos of as many people and lets the detector find them.

    Args:
      sampler: what the photos are made from; how its detector errs is not used.
      count: how many.
      seed: everything random derives from it; by default one that no training uses.
      yaw: largest turn to the side, degrees.
    """
    parts = [
        _photos(sampler, min(_AT_ONCE, count - start), [seed, start], yaw)
        for start in progress(range(0, count, _AT_ONCE), "benchmark photos", unit=f"{_AT_ONCE} photos")
    ]
    photos, turns, covered = (np.concatenate([part[k] for part in parts]) for k in (0, 3, 4))
    faces = [face for part in parts for face in part[1]]
    scenes = Scenes.joined([part[2] for part in parts])
    return Benchmark(photos, faces, scenes, np.degrees(turns[:, 1]), covered, count)


def _photos(
    sampler: SceneSampler, count: int, seed: list[int], yaw: float
) -> tuple[Pixels, list[DetectedFace], Scenes, Float32, Float32]:
    rng = np.random.default_rng(seed)
    scenes = draw_scenes(sampler.model, count, sampler.expressions, rng, yaw)
    scenes, true = as_aligned(scenes, sampler.outline, DetectorError.none(), rng)
    turns = np.asarray(scenes.place().turn)
    scenes, places, taken = taken_pictures(scenes, true, sampler.camera, rng)
    found = [found_in(photo, place) for photo, place in zip(taken.pictures, places, strict=True)]
    rows = np.array([k for k, face in enumerate(found) if face is not None], int)
    faces = [face for face in found if face is not None]
    return taken.pictures[rows], faces, scenes.rows(rows), turns[rows], taken.covered[rows]


class FitErrors(NamedTuple):
    """How well a fit did, for each of N photos, and over all of them."""

    shape: Float64
    """float64[N], mean distance in mm of the face's vertices after rigid alignment, identity and expression."""
    mean_face: Float64
    """float64[N], the same for the mean face."""
    scaled: Float64
    """float64[N], as `shape` after a motion that may scale."""
    mean_face_scaled: Float64
    """float64[N], the same for the mean face."""
    turn: Float64
    """float64[N], angle in degrees by which the pose is off."""
    colour: Float64
    """float64[N], mean difference of rendered and photographed skin, in levels of 255."""
    expression: float
    """Correlation of the expression coefficients, weighted by variance."""


def fit_errors(benchmark: Benchmark, found: Coefficients, sampler: SceneSampler) -> FitErrors:
    """Compares what was found in the photos of a benchmark, in the space of their cameras, with what is true."""
    model, true = sampler.model, benchmark.scenes.coefficients
    face = np.flatnonzero(model.mask > 0.5)
    shape, own = (_shapes(model, c.identity, c.expression, face) for c in (found, true))
    mean = np.broadcast_to(model.mean_shape[face], own.shape)
    return FitErrors(
        aligned_distance(shape, own),
        aligned_distance(mean, own),
        aligned_distance(shape, own, scaled=True),
        aligned_distance(mean, own, scaled=True),
        turn_between(found.rotation, true.rotation),
        _colour(benchmark, found, sampler),
        weighted_correlation(found.expression, true.expression, motion_of(model)),
    )


def motion_of(model: MorphableModel) -> Float64:
    """How far each expression coefficient moves the face, float64[E], for `weighted_correlation`."""
    face = model.expression_basis[:, model.mask > 0.5]
    return np.asarray(np.sqrt(np.square(face, dtype=np.float64).sum((1, 2))))


def _shapes(model: MorphableModel, identity: Float32, expression: Float32, face: Int64) -> Float32:
    return model.shapes.at(face)(identity, expression)


def _colour(benchmark: Benchmark, found: Coefficients, sampler: SceneSampler) -> Float64:
    """Where the render shows skin; what is in front of a face counts as off."""
    off = np.zeros(len(benchmark.photos))
    for k in range(0, len(off), _AT_ONCE):
        part = slice(k, k + _AT_ONCE)
        scenes = Scenes(found, benchmark.cameras, benchmark.scenes.origin).rows(part)
        photos = benchmark.photos[part]
        camera = replace(scenes.camera, height=PHOTO_SIZE, width=PHOTO_SIZE)
        drawn = sampler.camera.renderer.render(scenes.coefficients, camera, 1, photos)
        difference = np.abs(drawn.image.astype(np.float32) - photos).mean(-1)
        skin = drawn.skin
        off[part] = (skin * difference).sum((1, 2)) / np.maximum(skin.sum((1, 2)), 1.0)
    return off
