"""What `network` computes of faces, on arrays: no TensorFlow is loaded to look at a photo."""

from collections.abc import Iterator, Sequence

import numpy as np

from au_tf.arrays import Float32, Pixels
from au_tf.fitting.regress.estimate import RegressorConfig, Scales
from au_tf.fitting.regress.normalizer import SIZE

PIXELS_A_UNIT = 8.0
"""What the network sees as 1 of a landmark's distance from its mean."""
EPSILON = 1e-3
"""Of batch normalisation."""
_SIDE = 3


def weight_shapes(config: RegressorConfig) -> list[tuple[int, ...]]:
    """Shapes of the weights in the order in which `forward` takes them.

    Convolutions from the picture on, each a kernel and the scale, shift, mean and variance of its normalisation; then
    fully connected layers, each a kernel and a bias: those that see the landmarks, the picture's, the one that sees
    both, what the landmarks tell, what the picture adds.
    """
    shapes: list[tuple[int, ...]] = []
    channels, side = 3, SIZE
    for width, blocks in zip(config.widths, config.blocks, strict=True):
        for before in (channels, *[width] * (2 * blocks)):
            shapes += [(_SIDE, _SIDE, before, width), *[(width,)] * 4]
        channels, side = width, -(-side // 2)
    known, told, out = 68 * 2 + 3, config.landmark_features, sum(config.sizes.values())
    layers = [*zip((known, *told), told, strict=False), (side * side * channels, config.picture_features)]
    layers += [(config.picture_features + (known, *told)[-1] + known, config.hidden)]
    layers += [((known, *told)[-1], out), (config.hidden, out)]
    for inputs, outputs in layers:
        shapes += [(inputs, outputs), (outputs,)]
    return shapes


def forward(
    weights: Sequence[Float32],
    config: RegressorConfig,
    scales: Scales,
    picture: Pixels,
    landmarks: Float32,
    view: Float32,
) -> Float32:
    """The rows that the network puts out.

    Args:
      weights: as `weight_shapes` has them.
      config: sizes of the network.
      scales: of its inputs and outputs.
      picture: uint8[B, 96, 96, 3], as `Normalizer` makes it.
      landmarks: float32[B, 68, 2], in pixels of the aligned picture.
      view: float32[B, 3], `view.features`.

    Returns:
      float32[B, O], for `Estimate.split`.
    """
    left = iter(weights)
    x = picture.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    for blocks in config.blocks:
        x = _relu(_convolved(x, left, 2))
        for _ in range(blocks):
            y = _relu(_convolved(x, left, 1))
            x = _relu(x + _convolved(y, left, 1))
    known = ((landmarks - scales.landmarks) / np.float32(PIXELS_A_UNIT)).reshape(-1, 68 * 2)
    known = told = np.concatenate([known, view], -1)
    for _ in config.landmark_features:
        told = _relu(_connected(told, left))
    seen = _relu(_connected(x.reshape(len(x), -1), left))
    both = _relu(_connected(np.concatenate([seen, told, known], -1), left))
    rows: Float32 = _connected(told, left) + _connected(both, left)
    return rows * scales.spread + scales.mean


def _relu(x: Float32) -> Float32:
    return np.maximum(x, np.float32(0.0))


def _connected(x: Float32, weights: Iterator[Float32]) -> Float32:
    return x @ next(weights) + next(weights)


def _convolved(x: Float32, weights: Iterator[Float32], stride: int) -> Float32:
    """A convolution that keeps the picture's size but for the stride, and its normalisation."""
    kernel, gain, shift, mean, variance = (next(weights) for _ in range(5))
    gain = gain / np.sqrt(variance + np.float32(EPSILON))
    pads = [max((-(-size // stride) - 1) * stride + _SIDE - size, 0) for size in x.shape[1:3]]
    # Of an odd number of rows and columns around the picture more lie behind it, as TensorFlow has it.
    padded = np.pad(x, [(0, 0), *((pad // 2, pad - pad // 2) for pad in pads), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_SIDE, _SIDE), (1, 2))[:, ::stride, ::stride]
    return np.tensordot(windows, (kernel * gain).transpose(2, 0, 1, 3), 3) + (shift - mean * gain)
