"""MediaPipe's blendshapes: what a network that has seen many real people makes of a face's landmarks.

How high brows lie and how far eyes are open differs between people at rest, more than rendered people teach.
"""

from functools import cache
from typing import Any

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float64
from au_tf.model_files import read_network
from au_tf.resources import saved_model

FILE = "blendshapes.npz"
POINTS = (
    *(0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80),
    *(81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153),
    *(154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249),
    *(251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314),
    *(317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382),
    *(384, 385, 386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473),
    *(474, 475, 476, 477),
)
"""What the network looks at of the dense points (MediaPipe's face_blendshapes_graph.cc)."""
OUTPUTS, BLOCKS = 52, 4
_OF_BLOCK = 4
"""Linear layers of a block, two that mix tokens and two that mix channels."""
SHAPES = (
    ("browInnerUp", (3,), (1,)),
    ("browOuterUp", (4, 5), (2,)),
    ("browDown", (1, 2), (4,)),
    ("eyeWide", (21, 22), (5,)),
    ("cheekSquint", (7, 8), (6,)),
    ("eyeSquint", (19, 20), (6,)),
    ("mouthSmile", (44, 45), (6, 12)),
    ("noseSneer", (50, 51), (9,)),
    ("mouthFrown", (30, 31), (15,)),
    ("mouthShrugLower", (42,), (17,)),
    ("mouthStretch", (46, 47), (20,)),
    ("mouthLowerDown", (34, 35), (25,)),
    ("mouthUpperUp", (48, 49), (25,)),
    ("jawOpen", (25,), (25, 26)),
)
"""Blendshapes that bear Action Units' names under others: outputs, those of both sides, and the Action Units that each
tells of. What else the network says of a face tells of an Action Unit only in the company in which rendered people show
it."""

_SIDES = np.array([[k in rows and 1.0 / len(rows) for _, rows, _ in SHAPES] for k in range(OUTPUTS)], np.float32)
"""float32[52, 14], which outputs are averaged."""


def described(points: ArrayLike) -> Float64:
    """What an estimator sees of blendshapes, float64[N, 14], see `seen`.

    Args:
      points: float[N, 478, 3] or [N, 478, 2], as `DetectedFace.dense` has them.
    """
    given = np.asarray(points, np.float32)[:, list(POINTS), :2]
    return np.asarray(seen(logits(given, weights())), np.float64)


def seen(outputs: Any, xp: Any = np) -> Any:
    """Square roots of `SHAPES` [N, 14] in [0, 1], of logits [N, 52]: intensities grow about as they do."""
    return xp.sqrt(1.0 / (1.0 + xp.exp(-(outputs @ _SIDES))))


def logits(points: Any, layers: dict[str, Array], xp: Any = np) -> Any:
    """The network, an MLP-Mixer (Tolstikhin et al. 2021; GHUM in MediaPipe's card): [N, 52] of [N, 146, 2] in pixels.

    Args:
      points: float32.
      layers: as `weights` has them.
      xp: what computes: numpy, or TensorFlow's as numpy.
    """
    places = points - xp.mean(points, axis=1, keepdims=True)
    size = xp.mean(xp.sqrt(xp.sum(places * places, axis=2, keepdims=True)), axis=1, keepdims=True)
    tokens = _turned(_linear(_turned(places / size * layers["scale"], xp), layers, 0, xp), xp)
    seen = _linear(tokens, layers, 1, xp)
    seen = xp.concatenate([xp.zeros_like(seen[:, :1]) + layers["token"], seen], axis=1)
    for block in range(BLOCKS):
        first = 2 + _OF_BLOCK * block
        mixed = _turned(_normal(seen, layers, 2 * block, xp), xp)
        seen = seen + _turned(_pair(mixed, layers, first, xp), xp)
        seen = seen + _pair(_normal(seen, layers, 2 * block + 1, xp), layers, first + 2, xp)
    return _linear(seen[:, :1], layers, 2 + _OF_BLOCK * BLOCKS, xp)[:, 0]


@cache
def weights() -> dict[str, Array]:
    """Layers of the network that ships, float32: `benchmarks/blendshape_weights.py` tells their names."""
    path = saved_model("face-blendshapes") / FILE
    layers = range(3 + _OF_BLOCK * BLOCKS)
    names = ["scale", "epsilon", "token", "norms", *(f"{kind}{k}" for k in layers for kind in ("weight", "bias"))]
    return {name: array.astype(np.float32) for name, array in read_network(path, names).items()}


def _pair(seen: Any, layers: dict[str, Array], first: int, xp: Any) -> Any:
    return _linear(xp.maximum(_linear(seen, layers, first, xp), np.float32(0.0)), layers, first + 1, xp)


def _linear(seen: Any, layers: dict[str, Array], number: int, xp: Any) -> Any:
    # In one product: numpy multiplies stacks of small matrices slowly.
    flat = xp.reshape(seen, (-1, seen.shape[-1])) @ layers[f"weight{number}"] + layers[f"bias{number}"]
    return xp.reshape(flat, (-1, seen.shape[1], flat.shape[-1]))


def _normal(seen: Any, layers: dict[str, Array], number: int, xp: Any) -> Any:
    off = seen - xp.mean(seen, axis=-1, keepdims=True)
    return off / xp.sqrt(xp.mean(off * off, axis=-1, keepdims=True) + layers["epsilon"]) * layers["norms"][number]


def _turned(seen: Any, xp: Any) -> Any:
    return xp.swapaxes(seen, 1, 2)
