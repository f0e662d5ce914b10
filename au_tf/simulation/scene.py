"""What the cameras see: each person's face, head and light, frame by frame."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from au_tf.arrays import Float32, Float64, Int64, UInt8
from au_tf.blas import one_blas_thread
from au_tf.errors import InputError
from au_tf.geometry.camera import Camera
from au_tf.morphable.coefficients import Coefficients
from au_tf.morphable.model import MorphableModel
from au_tf.rendering.lighting import ambient, lamp
from au_tf.simulation.coding import intensity_timeline, smooth
from au_tf.simulation.frame_selection import SIZES, select
from au_tf.simulation.mechanics import tabulate
from au_tf.simulation.movements import head, uncoded
from au_tf.simulation.population import drive
from au_tf.simulation.subjects import CAMERAS, SUBJECTS, person, stream

VIDEO = Camera.default(768, 1024)
"""Both cameras' lens and picture, the size of DISFA's."""

DISTANCE_MM = 1500.0
"""From the camera to the middle of the head."""
_ASIDE = 0.07
"""How far each camera stands to the side, in radians about the head."""
_FLICKER, _FLICKER_SECONDS = 0.04, 2.0


@dataclass(frozen=True)
class SimulatedRecordingConfig:
    """Which recording."""

    size: str = "paper"
    """How many frames of each person: `tiny`, `small` or `paper`."""
    seed: int = 0
    """Everything derives from it and from the person's name."""
    error: float = 1.6
    """Size of the extraction's errors of expressions, 1 being those of a fit to 68 landmarks. The default was set once,
    by benchmarks/simulated_disfa.py, so that support vector regression errs on simulated people as the paper's on real
    ones; what is compared with the paper keeps it."""
    frames: int = field(init=False)
    """Frames of each person and camera."""

    def __post_init__(self) -> None:
        if self.size not in SIZES:
            raise InputError("simulated DISFA", "size", self.size, f"one of {', '.join(SIZES)}")
        if self.seed < 0:
            raise InputError("simulated DISFA", "seed", self.seed, "a whole number of at least 0")
        if not 0 <= self.error < np.inf:
            raise InputError("simulated DISFA", "error", self.error, "a number of at least 0")
        object.__setattr__(self, "frames", SIZES[self.size])


class Performance(NamedTuple):
    """What a person does in the frames that are recorded."""

    rows: Int64
    """int64[N], which frames, from 0."""
    coded: UInt8
    """uint8[N, 12], what the coder writes down."""
    expression: Float64
    """float[N, E], standard deviations."""
    identity: Float64
    """float[I], standard deviations."""
    albedo: Float64
    """float[A], standard deviations."""
    angles: Float64
    """float[N, 3], the head turned, nodded and tilted, radians."""
    place: Float64
    """float[N, 3], mm off the usual place."""


def check_sequence(subject: str, camera: str) -> None:
    """Makes sure that there is such a person and such a camera.

    Raises:
      InputError: if not.
    """
    if subject not in SUBJECTS:
        raise InputError("simulated DISFA", "subject", subject, f"one of {SUBJECTS[0]} to {SUBJECTS[-1]}")
    if camera not in CAMERAS:
        raise InputError("simulated DISFA", "camera", camera, f"one of {', '.join(CAMERAS)}")


@lru_cache(maxsize=2)
def perform(model: MorphableModel, subject: str, config: SimulatedRecordingConfig) -> Performance:
    """What a person does, whichever camera looks; the last two are kept."""
    film = intensity_timeline(config.seed, subject)
    rows = select(film.coded, config.frames)
    who = person(config.seed, subject, len(model.identity_basis))
    strengths = drive(who, np.zeros(len(rows), int), film.shown[rows], uncoded(config.seed, subject)[rows])
    styles = np.broadcast_to(who.style, (len(rows), *who.style.shape[1:]))
    # On several processors the sums could be rounded differently.
    with one_blas_thread():
        expression = tabulate(model).expressions(strengths, styles)
    albedo = stream(config.seed, subject, "albedo").standard_normal(len(model.albedo_basis))
    angles, place = head(config.seed, subject)
    return Performance(rows, film.coded[rows], expression, who.identity[0], albedo, angles[rows], place[rows])


def scene(model: MorphableModel, subject: str, camera: str, config: SimulatedRecordingConfig) -> Coefficients:
    """The truth in front of one camera, for drawing pictures with the lens `VIDEO`; a data set must not hold it.

    Args:
      model: the face model, whose actions move the people.
      subject: one of `SUBJECTS`.
      camera: one of `CAMERAS`.
      config: which recording.

    Returns:
      Coefficients with N frames each, in the order of `observe`'s.

    Raises:
      InputError: if there is no such person or camera.
    """
    check_sequence(subject, camera)
    shown = perform(model, subject, config)
    count = len(shown.rows)
    rotation, translation = _pose(model, shown, camera)
    return Coefficients(
        identity=np.tile(shown.identity.astype(np.float32), (count, 1)),
        albedo=np.tile(shown.albedo.astype(np.float32), (count, 1)),
        expression=shown.expression.astype(np.float32),
        rotation=rotation.astype(np.float32),
        translation=translation.astype(np.float32),
        lighting=_lighting(config.seed, subject, camera, shown.rows),
    )


def _pose(model: MorphableModel, shown: Performance, camera: str) -> tuple[Float64, Float64]:
    """Axis-angle float[N, 3] and translation float[N, 3] in mm, from the model's space into the camera's."""
    side = _ASIDE * (1.0 if camera == "left" else -1.0)
    view = Rotation.from_rotvec([0.0, side, 0.0])
    turned = view * Rotation.from_euler("YXZ", shown.angles)
    middle = (model.mean_shape.min(0) + model.mean_shape.max(0)) / 2
    place = view.apply(shown.place) - turned.apply(middle.astype(np.float64)) - [0.0, 0.0, DISTANCE_MM]
    return turned.as_rotvec(), place


def _lighting(seed: int, subject: str, camera: str, rows: Int64) -> Float32:
    """Light float32[N, 9, 3] of a room that is much the same for all, and the flicker of the film they watch."""
    rng = stream(seed, subject, "light")
    high, aside = rng.normal(0.45, 0.10), rng.normal(-0.35, 0.25)
    bright = np.exp(rng.normal(0.0, 0.10))
    warmth = 1.0 + rng.normal(0.0, 0.03) * np.array([1.0, 0.0, -1.0])
    aside += 0.07 if camera == "left" else -0.07
    key = lamp([aside, high, 0.8], 0.75 * bright * warmth)
    room = ambient(0.32 * bright * warmth) + lamp([0.8, 0.1, 0.5], 0.12 * warmth)
    film = lamp([0.0, -0.1, 1.0], [0.9, 1.0, 1.1])
    flicker = _FLICKER * smooth(rng.standard_normal((SIZES["paper"], 1)), _FLICKER_SECONDS)[rows]
    return ((key + room)[None] + flicker[:, :, None] * film).astype(np.float32)
