"""Where on the face each Action Unit is looked for: where its muscles move skin (Ekman, Friesen, Hager 2002).

What happens elsewhere tells of an Action Unit only in the company in which it was learnt, which is not that in which
real people show it.
"""

import numpy as np

from au_tf.arrays import Bool, Float64
from au_tf.estimation.landmarks.frontal import INNER_POINTS
from au_tf.estimation.landmarks.skin import flat_skin
from au_tf.facs import AU_NUMBERS

_ALL = (-9.0, 9.0)
_REGIONS = (
    ((1, 2, 4, 5), (-0.25, 9.0), (-0.1, 9.0)),
    ((6, 9), _ALL, (-0.65, 0.3)),
    ((12, 15, 17, 20, 25, 26), (-9.0, 0.0), (-9.0, -0.35)),
)
"""Action Units; between which heights landmarks, and between which skin tells of them, in distances of the outer eye
corners, the line between these being 0 and the tip of the nose about -0.4."""


def looked_at(reference: Float64) -> Bool:
    """Which of the F numbers that describe a face tell of each Action Unit, bool[12, F].

    Args:
      reference: float64[478, 3], the mean face.
    """
    places = np.repeat(reference[INNER_POINTS, 1], 2)
    skin = flat_skin(reference).heights
    looked = np.empty((len(AU_NUMBERS), len(places) + len(skin)), bool)
    for units, *bounds in _REGIONS:
        seen = [(low < heights) & (heights < high) for heights, (low, high) in zip((places, skin), bounds, strict=True)]
        looked[[AU_NUMBERS.index(unit) for unit in units]] = np.concatenate(seen)
    return looked
