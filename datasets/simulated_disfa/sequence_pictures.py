"""Aligned pictures of what a camera sees, drawn straight into the aligned frame."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from au_tf.arrays import Float32, Float64, Int, Pixels
from au_tf.datasets.simulated_disfa.backdrop import Backdrop
from au_tf.geometry.alignment import ALIGNED_SIZE, alignment_matrix
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.rendering.lighting import polynomials
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.threads import each
from au_tf.simulation.scene import VIDEO

_BLOCK = 16
"""Frames drawn together."""
SAMPLES = 2
"""Samples a side of each pixel."""
_FRONT = np.array(polynomials(0.0, 0.0, 1.0), np.float32)
"""float32[9], the basis of the light where a surface faces the camera, as the wall does."""


@lru_cache(maxsize=2)
def _renderer(model: MorphableModel) -> BatchRenderer:
    return BatchRenderer(model)


def draw_frames(
    model: MorphableModel,
    truth: Coefficients,
    landmarks: Float32,
    numbers: Int,
    backdrop: Backdrop,
    rows: range,
) -> Iterator[Pixels]:
    """Draws some frames of a sequence, several at a time; each is the same whichever others are drawn.

    Args:
      model: the face model.
      truth: what is before the camera, N frames of one person.
      landmarks: float32[N, 68, 2] in pixels of the video, by which the pictures are aligned.
      numbers: int[N], the frames' numbers.
      backdrop: wall and sensor.
      rows: consecutive indices of the N frames, those to be drawn.

    Yields:
      uint8[224, 224, 3], sRGB.
    """
    renderer = _renderer(model)
    people = renderer.people(truth.identity[0], truth.albedo[0])
    for start in range(rows.start, rows.stop, _BLOCK):
        block = slice(start, min(start + _BLOCK, rows.stop))
        faces = truth[block]
        matrices = np.stack([alignment_matrix(one) for one in landmarks[block]])
        camera = VIDEO.aligned(matrices, ALIGNED_SIZE, ALIGNED_SIZE)
        drawn = renderer.render_linear(faces, camera, SAMPLES, people).colour
        yield from develop(drawn, matrices, faces.lighting, numbers[block], [backdrop] * len(drawn))


def develop(
    drawn: Float32,
    matrices: Float64,
    lighting: Float32,
    numbers: Int,
    backdrops: Sequence[Backdrop],
    threads: int | None = None,
) -> Pixels:
    """Sets faces before a wall, as a sensor takes them.

    Args:
      drawn: float32[B, S, S, 4], linear RGB multiplied by coverage, and coverage.
      matrices: float64[B, 2, 3], from pixels of the video to pixels of an aligned picture of 224 pixels a side.
      lighting: float32[B, 9, 3].
      numbers: int[B], from which the sensor's noise follows.
      backdrops: B of them.
      threads: at most so many at a time; None is one a processor.

    Returns:
      uint8[B, S, S, 3], sRGB.
    """
    size = drawn.shape[1]
    pictures = np.empty((*drawn.shape[:3], 3), np.uint8)

    def one(k: int) -> None:
        wall = backdrops[k].background(matrices[k], _FRONT @ lighting[k], size)
        pictures[k] = backdrops[k].develop(drawn[k, ..., :3] + (1.0 - drawn[k, ..., 3:]) * wall, int(numbers[k]))

    each(one, range(len(drawn)), threads)
    return pictures
