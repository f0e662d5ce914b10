"""What is known of a recording afterwards: the coder's intensities, and what was extracted from the pictures."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float32, Int32, UInt8
from au_tf.blas import one_blas_thread
from au_tf.morphable.coefficients import Coefficients
from au_tf.morphable.model import MorphableModel
from au_tf.simulation.measurement import Errors, extract
from au_tf.simulation.scene import VIDEO, SimulatedRecordingConfig, check_sequence, perform, scene


class ObservedFrames(NamedTuple):
    """Frames of one person before one camera, in order."""

    number: Int32
    """int32[N], number of each frame in the video, the first being 1."""
    intensities: UInt8
    """uint8[N, 12] in 0..5, as coded."""
    registered: Bool
    """bool[N], whether the extraction can be relied on."""
    coefficients: Coefficients
    """As extracted, N of each."""
    landmarks: Float32
    """float32[N, 68, 2], column and row in pixels of the video, as detected."""


def observe(model: MorphableModel, subject: str, camera: str, config: SimulatedRecordingConfig) -> ObservedFrames:
    """Records one person with one camera; nothing of the truth behind it comes out.

    It depends on nothing but its arguments, and takes about half a second for 4,845 frames.

    Args:
      model: the face model, whose actions move the people.
      subject: one of `cast.SUBJECTS`.
      camera: one of `cast.CAMERAS`.
      config: which recording.

    Returns:
      `config.frames` frames.

    Raises:
      InputError: if there is no such person or camera.
    """
    check_sequence(subject, camera)
    shown = perform(model, subject, config)
    with one_blas_thread():
        found = extract(
            model,
            VIDEO,
            scene(model, subject, camera, config),
            shown.rows,
            Errors(config.seed, subject, camera, config.error),
        )
    number = (shown.rows + 1).astype(np.int32)
    return ObservedFrames(number, shown.coded, found.registered, found.coefficients, found.landmarks)
