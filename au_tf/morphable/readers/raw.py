"""What the file of a face model holds, in au_tf's conventions, before what it lacks is added."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from au_tf.morphable.model import Floats, Ints


@dataclass(frozen=True, eq=False)
class RawFace:
    """A face model as read: millimetres, 0-based indices, coefficients in standard deviations; None is not there.

    The axes are the face's: +x to its left, +y up, +z out of it.
    """

    name: str
    """What the model is called."""
    mean_shape: Floats
    """float32[V, 3], mm."""
    identity_basis: Floats
    """float32[I, V, 3], mm a standard deviation."""
    expression_basis: Floats
    """float32[E, V, 3], mm a standard deviation, or the whole shape where shapes have names."""
    triangles: Ints
    """int32[T, 3], in either winding."""
    mean_albedo: Floats | None = None
    """float32[V, 3], linear RGB reflectance."""
    albedo_basis: Floats | None = None
    """float32[A, V, 3], linear RGB a standard deviation."""
    landmarks: Ints | None = None
    """int32[68], vertices in the order of iBUG 300-W."""
    uv: Floats | None = None
    """float32[V, 2] in [0, 1], origin at the lower left."""
    parts: NDArray[np.uint8] | None = None
    """uint8[V], a `Part` each."""
    mask: Floats | None = None
    """float32[V], 1 on the face proper."""
    actions: Floats | None = None
    """float32[36, E], expression coefficients of each of `facs.ACTIONS` at intensity 5."""
