"""What a fitted mesh says about each pixel of a photo: where its point of the face was, and what it is."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Float32, Int32, Tensor
from au_tf.facs import both_sides
from au_tf.morphable import MorphableModel, Part

RATIO_LIMITS = (0.35, 1.35)
"""Of new to old shading, which it approaches as a hyperbolic tangent does."""
RELIEF = 1.4
"""Exponent of the ratio of shadings: nine spherical harmonics light folds more softly than any lamp."""
LESS_ON_LIDS = 0.75
"""How much less upper lids brighten than other skin: where they rise they fold into the socket."""
WRINKLE_LIMITS = (0.65, 1.2)
"""Of the light on the wrinkles that an expression adds to that on the skin without them."""
WRINKLE_BLUR = 0.7
"""Blur of that light in mm: skin is thick, and what folds it in a photo is no scratch (by eye, on five people)."""
DARKEST = 0.02
"""Luminance that light has at least where ratios are taken."""
SAME_MOTION = 2.5
"""Points inside the mouth whose motions differ by less, in mm, are taken for one body."""
FACING = (0.05, 0.25)
"""Cosines between the skin and the way to the camera between which a photo begins to show it."""
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

SCATTERED = 0.5
"""Share of the light in a mouth that is as on the face, whichever way a surface looks, since it is wet all about."""

FREEWAY, LOOSENED = 3.5, 2.5
"""mm by which the lower teeth of a jaw at rest hang below where they bite, the freeway space of dentists, 2 to 4 mm;
and how much further behind parted lips, by eye."""
LONGER, GUMS_HIGHER, _CROWN = 0.4, 1.0, 10.0
"""mm by which the edges of upper teeth are lower than the face model's, so that a jaw that drops shows them, and by
which their gums are higher, which smiles hardly show in life; and the height of its crowns."""
_ASIDE = 0.5
"""How far teeth beside the middle count as deeper, since cheeks keep light off: a share of what the arch recedes."""

_BEHIND, _EYES_BEHIND = 6.0, 3.0
_ALONG = np.array([0.5, 2.0, 0.2], np.float32)
"""Weights of directions in which vertices of a tooth are near: along the row rather than down the crown."""
_TOOTH, _LINES, _LINE_DEPTH = 8.0, (4.0, 12.0), 1.6
"""Width of a tooth in mm, and in pixels from which on lines between teeth begin to show and show wholly; and how much
darker they are than the face model's, an exponent: what parts two teeth is a gap, in the shade."""


class Fields(NamedTuple):
    """What the mesh says about each pixel of the window, at the photo's resolution, in tensors or in arrays."""

    source: Array | Tensor
    """float32[h, w, 2], where the skin was in the source photo, relative to the window; known where `face` is 1."""
    face: Array | Tensor
    """float32[h, w, 1], coverage by skin of the face proper."""
    edge: Array | Tensor
    """float32[h, w, 1], 1 on the very edge of the lips; known where `face` is 1."""
    shown: Array | Tensor
    """float32[h, w, 1], how far the photo shows the skin, which was turned to the camera; known where `face` is 1."""
    eye: Array | Tensor
    """float32[h, w, 1], coverage by eyes."""
    mouth: Array | Tensor
    """float32[h, w, 1], coverage by the inside of the mouth."""
    ratio: Array | Tensor
    """float32[h, w, 1], new over old irradiance of the skin; known where `face` is 1."""
    light: Array | Tensor
    """float32[h, w, 1], luminance of the irradiance of the skin; known where `face` is 1."""
    eye_source: Array | Tensor
    """float32[h, w, 2], as `source`, of the eyes."""
    eye_colour: Array | Tensor
    """float32[h, w, 3], rendered linear RGB of the eyes, as if light were white and unhindered."""
    mouth_source: Array | Tensor
    """float32[h, w, 2], as `source`, of teeth, tongue and cavity."""
    mouth_seen: Array | Tensor
    """float32[h, w, 1], whether the photo shows that point."""
    mouth_colour: Array | Tensor
    """float32[h, w, 3], rendered linear RGB of the inside of the mouth, as if light were white and unhindered."""
    mouth_depth: Array | Tensor
    """float32[h, w, 1], mm behind the lips."""
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
    depth: Float32
    """float32[V, 1], mm that what is in the mouth lies behind the lips at rest."""
    behind: Float32
    """float32[V], mm by which it is taken for farther than it is where it may pass through lids, lips or cheeks."""
    unlined: Float32
    """float32[V, 3], the albedo without the lines between teeth."""
    lowered: Float32
    """float32[V, 1], mm by which teeth are lower than the model's, most those that ride on the jaw."""
    face: Float32
    """float32[V, 1], shares, 1 in all, of the face proper in the light that its mouth gets."""
    scattered: Float32
    """float32[V, 1], how much of the light is that, rather than what falls on the vertex itself."""

    @classmethod
    def of(cls, model: MorphableModel) -> "Mesh":
        """That of a face model."""
        mask_and_edge = np.concatenate([model.mask[:, None], _lip_edge(model)], -1)
        depth = _depth(model, mask_and_edge[:, 1] > 0.0)
        eye = np.where(model.parts == Part.EYE, _EYES_BEHIND, 0.0)
        behind = np.where(model.parts >= Part.MOUTH, _BEHIND, eye).astype(np.float32)
        parts = _triangle_parts(model)
        face, inside = model.mask[:, np.newaxis], (model.parts >= Part.MOUTH)[:, np.newaxis]
        return cls(
            model.triangles, parts, model.mean_albedo, mask_and_edge, depth, behind, _unlined(model), _lowered(model),
            np.asarray(face / face.sum(), np.float32), np.asarray(SCATTERED * inside, np.float32),
        )  # fmt: skip

    def albedo_at(self, millimetre: float) -> Float32:
        """The albedo float32[V, 3] in a picture with so many pixels a mm: lines between small teeth look like wire."""
        u = np.clip((millimetre * _TOOTH - _LINES[0]) / (_LINES[1] - _LINES[0]), 0.0, 1.0)
        albedo, unlined = (np.maximum(colours, np.float32(1e-6)) for colours in (self.albedo, self.unlined))
        return np.asarray(unlined * (albedo / unlined) ** np.float32(_LINE_DEPTH * u), np.float32)


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


def _depth(model: MorphableModel, edge: Bool) -> Float32:
    """How far behind the lips' edge what is in the mouth lies, float32[V, 1] in mm; 0 for the rest."""
    depth = np.zeros((len(model.parts), 1), np.float32)
    inside = model.parts >= Part.MOUTH
    if edge.any():
        lips = model.mean_shape[edge]
        lips = lips[lips[:, 0].argsort()]
        front = np.interp(model.mean_shape[inside, 0], lips[:, 0], lips[:, 2])
        front += _ASIDE * (model.parts[inside] == Part.TEETH) * (lips[:, 2].max() - front)
        depth[inside, 0] = np.maximum(front - model.mean_shape[inside, 2], 0.0)
    return depth


def _lowered(model: MorphableModel) -> Float32:
    """mm, float32[V, 1]: `FREEWAY` and `LOOSENED` of teeth that a dropping jaw takes along, `LONGER` to -`GUMS_HIGHER`
    of others."""
    drop = model.actions[both_sides(26)].sum(0)
    teeth = model.parts == Part.TEETH
    down = -np.tensordot(drop, model.expression_basis[..., 1], 1) * teeth
    lower = down > 0.1 * max(float(down.max()), 1.0)
    upper = teeth & ~lower
    height = model.mean_shape[:, 1] - (model.mean_shape[upper, 1].min() if upper.any() else 0.0)
    longer = LONGER - (LONGER + GUMS_HIGHER) * np.clip(height / _CROWN, 0.0, 1.0)
    return np.asarray(np.where(lower, FREEWAY + LOOSENED, longer * upper), np.float32)[:, np.newaxis]


def _unlined(model: MorphableModel) -> Float32:
    """The albedo with that of each tooth's vertices the brightest of those near it, float32[V, 3]."""
    albedo, teeth = model.mean_albedo.copy(), np.flatnonzero(model.parts == Part.TEETH)
    if len(teeth):
        colours = model.mean_albedo[teeth]
        _, near = cKDTree(model.mean_shape[teeth] * _ALONG).query(model.mean_shape[teeth] * _ALONG, 12)
        brightest = near[np.arange(len(teeth)), colours[near].sum(-1).argmax(1)]
        gum = colours[:, 1] < 0.5 * colours[:, 0]
        albedo[teeth] = np.where(gum[:, np.newaxis], colours, colours[brightest])
    return albedo
