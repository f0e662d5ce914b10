"""Light from far away as nine spherical-harmonics coefficients a colour channel.

The convention is that of Deep3D and the Basel face model: colour = albedo * (Y(n) . gamma), where Y holds the real
spherical harmonics up to degree 2 with the scale of each degree folded in.
"""

import math

import numpy as np

from au_tf.arrays import Array, ArrayLike, Float32, Tensor

# Deep3D: a = [pi, 2 pi/sqrt 3, 2 pi/sqrt 8], c = [1, sqrt 3, 3 sqrt 5/sqrt 3]/sqrt(4 pi).
_A = (math.pi, 2 * math.pi / math.sqrt(3), 2 * math.pi / math.sqrt(8))
_C = tuple(c / math.sqrt(4 * math.pi) for c in (1.0, math.sqrt(3), math.sqrt(15)))
_SCALE = tuple(a * c for a, c in zip(_A, _C, strict=True))


def polynomials(x: Array | Tensor, y: Array | Tensor, z: Array | Tensor) -> list[Array]:
    """The nine basis functions Y of Deep3D for the components of unit normals.

    They are polynomials, so they have derivatives at the poles too, unlike the same functions in polar angles.

    Returns:
      Nine arrays, tensors or numbers, as the components are, in the order (degree, order) = (0,0), (1,-1), (1,0),
      (1,1), (2,-2) ... (2,2).
    """
    s0, s1, s2 = _SCALE
    return [
        s0 + 0.0 * x,
        -s1 * y,
        s1 * z,
        -s1 * x,
        s2 * x * y,
        -s2 * y * z,
        s2 / (2 * math.sqrt(3)) * (3 * z * z - 1),
        -s2 * x * z,
        s2 / 2 * (x * x - y * y),
    ]


def ambient(colour: ArrayLike) -> Float32:
    """Lighting float32[9, 3] whose irradiance is `colour` float[3] from every side."""
    lighting = np.zeros((9, 3), np.float32)
    lighting[0] = np.asarray(colour, np.float32) / _SCALE[0]
    return lighting


def lamp(direction: ArrayLike, colour: ArrayLike) -> Float32:
    """Lighting of one distant lamp, E(n) = colour * max(n . direction, 0) up to degree 2.

    Ramamoorthi and Hanrahan (2001): E_lm = A_l L_lm with A = pi, 2 pi/3, pi/4; Deep3D's Y_lm carries A_l times
    1, sqrt 3 and sqrt 8, which gamma has to undo.

    Args:
      direction: float[3], from the face towards the lamp, any length.
      colour: float[3], linear RGB irradiance of a surface that faces the lamp.

    Returns:
      float32[9, 3].
    """
    towards = np.asarray(direction, np.float64)
    basis = np.array(polynomials(*(towards / np.linalg.norm(towards))))
    undo = np.repeat([math.pi, 2 * math.pi, 2 * math.pi], [1, 3, 5])
    return np.outer(basis / undo, np.asarray(colour)).astype(np.float32)


CAVITY = np.array([0.73, 1.06, 1.23], np.float32)
"""How much of a cavity's shade red, green and blue take, relative to luminance.

Light that skin of reflectance R throws back and forth in a fold, which sees the share v of its surroundings, leaves
R v / (1 - R (1 - v)); these are the powers of it for R = (0.6, 0.4, 0.3) and v = 0.8. The same factor in all channels
makes folds look grey.
"""

DARKEST = 0.75
"""Most light that a cavity loses."""
DIM, BRIGHTER = 0.02, 2.5
"""Least light that is divided by; most that a slope gains."""

AMBIENT = ambient([1.0, 1.0, 1.0])
"""float32[9, 3]: white light from every side; the picture is the albedo itself, but for hollows and gloss."""

STUDIO = (
    ambient([0.08, 0.08, 0.085])
    + lamp([-0.65, 0.70, 0.60], [1.55, 1.47, 1.37])
    + lamp([0.50, -0.10, 0.85], [0.30, 0.29, 0.28])
    + lamp([0.90, 0.30, -0.50], [0.36, 0.38, 0.43])
)
"""float32[9, 3]: a portrait studio; a warm key light from the upper left of the picture, a cool fill from the other
side, and one from behind that parts the cheek from the wall."""

BACKDROP = (0.90, 0.91, 0.92)
"""sRGB of the studio's wall, used where no background is given."""
