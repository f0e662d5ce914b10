"""What a fitted mesh says about each pixel of a photo: where its point of the face was, and what it is."""

from typing import NamedTuple

import numpy as np

from au_tf.arrays import Array, Bool, Float32, Int32, Tensor
from au_tf.morphable import MorphableModel, Part

RATIO_LIMITS = (0.6, 1.25)
"""Of new to old shading."""
RELIEF = 1.4
"""Exponent of the ratio of shadings: nine spherical harmonics light folds more softly than any lamp."""
DARKEST = 0.02
"""Luminance that light has at least where ratios are taken."""
SAME_MOTION = 2.5
"""Points inside the mouth whose motions differ by less, in mm, are taken for one body."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


class Fields(NamedTuple):
    """What the mesh says about each pixel of the window, at the photo's resolution, in tensors or in arrays."""

    source: Array | Tensor
    """float32[h, w, 2], where the skin was in the source photo, relative to the window; known where `face` is 1."""
    face: Array | Tensor
    """float32[h, w, 1], coverage by skin of the face proper."""
    edge: Array | Tensor
    """float32[h, w, 1], 1 on the very edge of the lips; known where `face` is 1."""
    eye: Array | Tensor
    """float32[h, w, 1], coverage by eyes."""
    mouth: Array | Tensor
    """float32[h, w, 1], coverage by the inside of the mouth."""
    ratio: Array | Tensor
    """float32[h, w, 1], new over old irradiance of the skin; known where `face` is 1."""
    eye_source: Array | Tensor
    """float32[h, w, 2], as `source`, of the eyes."""
    mouth_source: Array | Tensor
    """float32[h, w, 2], as `source`, of teeth, tongue and cavity."""
    mouth_seen: Array | Tensor
    """float32[h, w, 1], whether the photo shows that point."""
    mouth_colour: Array | Tensor
    """float32[h, w, 3], rendered linear RGB of the inside of the mouth, as if the light were white."""
    teeth: Array | Tensor
    """float32[h, w, 1], coverage by teeth."""


class Mesh(NamedTuple):
    """What is the same for all photos."""

    triangles: Int32
    """int32[T, 3]."""
    triangle_part: Int32
    """int32[T], the `Part` of each."""
    albedo: Float32
    """float32[V, 3]. Fitted colours tell skin and light from each other only roughly; teeth would show the error."""
    mask_and_edge: Float32
    """float32[V, 2]: the face proper, and the edge of the lips."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Mesh":
        """That of a face model."""
        mask_and_edge = np.concatenate([model.mask[:, None], _lip_edge(model)], -1)
        return cls(model.triangles, _triangle_parts(model), model.mean_albedo, mask_and_edge)


def _triangle_parts(model: MorphableModel) -> Int32:
    """The `Part` of each triangle; one that joins lips and mouth belongs to the mouth."""
    corners = model.parts[model.triangles]
    parts = np.where((corners == Part.EYE).any(1), Part.EYE, Part.SKIN).astype(np.int32)
    parts[(corners == Part.MOUTH).any(1)] = Part.MOUTH
    parts[(corners == Part.TEETH).any(1)] = Part.TEETH
    return parts


def changing(model: MorphableModel, above: float = 0.0) -> Bool:
    """Which triangles an expression can change in a photo, bool[T]: eyes, mouth, and where the mask is above that."""
    corners = model.triangles
    return np.asarray((model.mask[corners] > above).any(1) | (model.parts[corners] != Part.SKIN).any(1))


def _lip_edge(model: MorphableModel) -> Float32:
    """1 at the vertices where lips and the inside of the mouth join, 0 elsewhere, float32[V, 1]."""
    parts = model.parts[model.triangles]
    joint = np.unique(model.triangles[(parts == Part.SKIN).any(1) & (parts == Part.MOUTH).any(1)])
    edge = np.zeros((len(model.parts), 1), np.float32)
    edge[joint[model.parts[joint] == Part.SKIN]] = 1.0
    return edge
