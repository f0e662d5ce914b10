"""The 68 landmarks of iBUG 300-W by name; right and left are the person's."""

import numpy as np

from au_tf.arrays import Array

JAW = slice(0, 17)
"""From before the right ear along the outline of the face to before the left one."""
INNER = slice(17, 68)
"""All that are fixed points of the skin."""
BROWS = slice(17, 27)
NOSE_BASE = slice(31, 36)
RIGHT_EYE, LEFT_EYE = slice(36, 42), slice(42, 48)
OUTER_LIPS, INNER_LIPS = slice(48, 60), slice(60, 68)

CHIN, NOSE_BRIDGE, NOSE, NOSE_TIP = 8, 27, 29, 30
EARS = [1, 15]
"""On the outline, before the ears."""
CHEEKS = [2, 14]
"""On the outline, beside the nose."""
OUTER_EYE_CORNERS = [36, 45]
UPPER_LIDS = [36, 37, 38, 39], [42, 43, 44, 45]
"""With the corners, from the right to the left."""
LOWER_LIDS = [36, 41, 40, 39], [42, 47, 46, 45]
"""The same."""
NOSTRILS = [31, 32], [34, 35]
"""On either side of each nostril."""
MOUTH_CORNERS = [48, 54]
INNER_MOUTH_CORNERS = [60, 64]
"""What the 66 landmarks of DISFA go without."""
UPPER_LIP_EDGE, LOWER_LIP_EDGE = [61, 62, 63], [67, 66, 65]
"""Along the opening of the mouth, one above the other."""
UPPER_LIP = [48, 49, 50, 51, 52, 53, 54], [48, 60, 61, 62, 63, 64, 54]
"""Its edges from corner to corner, outside and inside."""
LOWER_LIP = [48, 59, 58, 57, 56, 55, 54], [48, 60, 67, 66, 65, 64, 54]
"""The same."""


def eye_distance(landmarks: Array) -> Array:
    """Distance [...] of the outer corners of the eyes, from landmarks [..., 68, 2 or 3]."""
    right, left = np.moveaxis(landmarks[..., OUTER_EYE_CORNERS, :], -2, 0)
    return np.linalg.norm(left - right, axis=-1)
