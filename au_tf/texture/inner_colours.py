"""Colours of what is no skin, as a photo tells them: eyes, teeth and the inside of the mouth."""

import numpy as np

from au_tf.arrays import Bool, Float32
from au_tf.compositing.fields import LUMINANCE
from au_tf.compositing.layers import Layers
from au_tf.compositing.placement import Placement
from au_tf.morphable import Coefficients, MorphableModel, Part
from au_tf.rendering.framing import face_vertices

_RADIUS = 5.8
"""Of an iris, mm: people's differ little."""
_IRIS, _WHITE = (8.0, 30.0), (70.0, 90.0)
"""Percentiles of brightness between which an open eye shows its iris and its white."""
_CHANGE = (0.35, 1.6)
"""Of an iris, within which a photo is believed."""
_FEW = 12
"""Pixels of an eye that tell nothing."""


def inner_colours(model: MorphableModel, placement: Placement, layers: Layers, coefficients: Coefficients) -> Float32:
    """float32[V, 3], linear RGB reflectance, to be lit by the fitted light; of the mean face but for the irises.

    Args:
      model: the face model.
      placement: where the face is in the photo.
      layers: the photo, taken apart, arrays.
      coefficients: the fitted face, without batch axes.
    """
    colours = np.maximum(model.mean_albedo, 1e-3) * np.asarray(layers.lamp.gain, np.float32)
    screen = placement.camera.project(face_vertices(model, coefficients))[:, :2] + placement.offset
    for side in (1.0, -1.0):
        eye = (model.parts == Part.EYE) & (side * model.mean_shape[:, 0] > 0.0)
        if not eye.any():
            continue
        iris = _iris(model, eye)
        shown = _shown(layers, screen[iris])
        white = eye & ~iris
        if shown is not None and white.any():
            own = shown[0] / np.maximum(shown[1], 0.02)
            usual = np.median(model.mean_albedo[iris], 0) / np.maximum(np.median(model.mean_albedo[white], 0), 0.02)
            colours[iris] *= np.clip(own / np.maximum(usual, 0.02), *_CHANGE)
    return np.asarray(colours, np.float32)


def _iris(model: MorphableModel, eye: Bool) -> Bool:
    """Which vertices are the iris of an eye, bool[V]."""
    pole = model.mean_shape[np.flatnonzero(eye)[model.mean_shape[eye, 2].argmax()]]
    return eye & (np.linalg.norm(model.mean_shape[:, :2] - pole[:2], axis=1) < _RADIUS)


def _shown(layers: Layers, iris: Float32) -> tuple[Float32, Float32] | None:
    """Colours float32[3] of iris and white of an eye about these places float32[N, 2]; None if the photo shows none."""
    photo, opened = np.asarray(layers.eyes)[..., :3], np.asarray(layers.eyes)[..., 3]
    rows, columns = np.indices(opened.shape)
    middle, reach = iris.mean(0), 2.0 * _RADIUS * layers.millimetre
    near = (np.square(columns - middle[0]) + np.square(rows - middle[1]) < reach * reach) & (opened > 0.9)
    if near.sum() < _FEW:
        return None
    colour = photo[near]
    bright = colour @ LUMINANCE
    limits = [np.percentile(bright, part) for part in (_IRIS, _WHITE)]
    dark, pale = (colour[(bright >= low) & (bright <= high)].mean(0) for low, high in limits)
    return dark.astype(np.float32), pale.astype(np.float32)
