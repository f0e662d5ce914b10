"""Pictures of coefficients in the manner of simulated DISFA: aligned as a detector would have it, before a wall."""

from collections.abc import Iterator

import numpy as np

from au_tf.arrays import Pixels
from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.datasets.simulated_disfa.sequence_pictures import SAMPLES, develop
from au_tf.geometry.alignment import ALIGNED_SIZE, alignment_matrix
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.measurement import project_landmarks, with_own_errors
from au_tf.simulation.scene import VIDEO

_BLOCK = 32


def draw_portraits(model: MorphableModel, faces: Coefficients, seed: int) -> Iterator[Pixels]:
    """Draws faces as the camera of a recording sees them.

    Args:
      model: the face model.
      faces: coefficients with one batch axis, in the space of that camera.
      seed: of the detector's errors, the walls and the sensors' noise; each face has its own.

    Yields:
      uint8[n, 224, 224, 3], sRGB, n of them at a time.
    """
    renderer = BatchRenderer(model)
    for first in range(0, len(faces.expression), _BLOCK):
        part = faces[first : first + _BLOCK]
        numbers = np.arange(first, first + len(part.expression))
        matrices = alignment_matrix(with_own_errors(project_landmarks(model, part, VIDEO), seed, "portrait", numbers))
        camera = VIDEO.aligned(matrices, ALIGNED_SIZE, ALIGNED_SIZE)
        drawn = renderer.render_linear(part, camera, SAMPLES).colour
        backdrops = [Backdrop.of(seed, f"portrait {number}", "") for number in numbers]
        yield develop(drawn, matrices, part.lighting, numbers, backdrops)
