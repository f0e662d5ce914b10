"""Skin, eyes, teeth and mouth of people for a mesh that has no colours."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from au_tf.arrays import Array, Bool, Float32, Int, UInt8
from au_tf.geometry.landmarks import INNER_LIPS
from au_tf.morphable.builtin.skin import ENAMEL, GUM, LINING, NOSTRIL, THROAT, TONGUE
from au_tf.morphable.completion.correspondence import Correspondence
from au_tf.morphable.completion.eyes import paint_eyeballs
from au_tf.morphable.completion.nostrils import inside_nostrils
from au_tf.morphable.completion.reference import reference
from au_tf.morphable.completion.surface import pieces
from au_tf.morphable.model import Part

# mm from a tooth within which a mouth is gum.
_GUM = 4.0


def paint(points: Array, triangles: Int, parts: UInt8, found: Correspondence, laid: Array) -> tuple[Float32, Float32]:
    """The complexions of the built-in face: the average one, and how people's differ from it.

    Args:
      points: float[V, 3], mm at the built-in head's size.
      triangles: int[T, 3].
      parts: uint8[V], a `Part` each.
      found: the built-in head's vertices beside each.
      laid: float[V', 3], the built-in head laid over the mesh.

    Returns:
      Linear reflectance float32[V, 3] in [0, 1], and float32[A, V, 3], its change by a standard deviation.
    """
    ref = reference()
    modes = len(ref.albedos)
    # The average and all changes of it side by side.
    known = np.concatenate([ref.albedo[None], ref.albedos]).astype(np.float32)
    known = np.moveaxis(known, 0, 1).reshape(len(ref.albedo), -1)
    colours = _softened(found.carry(known).astype(np.float32), triangles, found.carry(ref.mask) < 0.3)
    eyes, mouth = parts == Part.EYE, (parts == Part.MOUTH) | (parts == Part.TEETH)
    colours[eyes] = paint_eyeballs(points, eyes, triangles, known)[eyes]
    dark = inside_nostrils(points, triangles[(parts[triangles] == Part.SKIN).all(1)], laid) * (parts == Part.SKIN)
    if not (dark > 0.5).any():
        dark = found.carry(ref.nostrils)
    changes = np.moveaxis(colours.reshape(len(points), 1 + modes, 3), 1, 0)
    mean, changes = changes[0].astype(np.float64), changes[1:] * (1.0 - dark - mouth).clip(0.0, 1.0)[:, None]
    skin = ~eyes[:, None] * dark[:, None]
    mean += skin * (0.5 * NOSTRIL - mean)
    _paint_mouth(mean, points, triangles, parts, laid[ref.landmarks[INNER_LIPS], 2].max())
    return mean.clip(0.0, 1.0).astype(np.float32), np.ascontiguousarray(changes, np.float32)


def _paint_mouth(colours: Array, points: Array, triangles: Int, parts: UInt8, lips: float) -> None:
    """Colours teeth, gums, tongue and the lining that is joined to the skin, behind lips that reach to z = `lips`."""
    mouth, teeth = parts == Part.MOUTH, parts == Part.TEETH
    # In a mouth hardly any light comes back from the sides and from behind.
    aside = np.interp(np.abs(points[:, :1]), [8.0, 26.0], [1.0, 0.45])
    behind = lips - points[:, 2:]
    shade = np.interp(behind, [5.0, 12.0, 25.0, 45.0], [1.0, 0.6, 0.15, 0.08])
    colours[teeth] = (ENAMEL * aside)[teeth]
    label = pieces(len(points), triangles)
    lining = mouth & np.isin(label, label[parts == Part.SKIN])
    colours[lining] = (LINING + np.interp(behind, [1.5, 6.0], [0.0, 1.0]) * (THROAT - LINING))[lining]
    inside = np.flatnonzero(mouth & ~lining)
    colours[inside] = TONGUE * shade[inside]
    if teeth.any() and len(inside):
        gum = inside[cKDTree(points[teeth]).query(points[inside])[0] < _GUM]
        colours[gum] = GUM * np.minimum(aside, shade)[gum]


def _softened(colours: Array, triangles: Int, where: Bool) -> Array:
    """The colours, some of them blended with their neighbours': behind the face, the heads correspond but roughly."""
    row, column = triangles[:, [0, 1, 2, 1, 2, 0]].ravel(), triangles[:, [1, 2, 0, 0, 1, 2]].ravel()
    count = len(colours)
    beside = csr_matrix((np.ones(len(row)), (row, column)), shape=(count, count))
    total = np.maximum(np.asarray(beside.sum(1)), 1.0)
    soft = colours.copy()
    known = where & (np.asarray(beside.sum(1)).ravel() > 0)
    for _ in range(6):
        soft[known] = (0.5 * soft + 0.5 * (beside @ soft) / total)[known]
    return soft
