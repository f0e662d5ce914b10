"""Where on the face each Action Unit is looked for: where its muscles move skin (Ekman, Friesen, Hager 2002).

What happens elsewhere tells of an Action Unit only in the company in which it was learnt, which is not that in which
real people show it.
"""

import numpy as np

from au_tf.arrays import Float64
from au_tf.estimation.landmarks.blendshapes import SHAPES
from au_tf.estimation.landmarks.frontal import INNER_POINTS
from au_tf.estimation.landmarks.landmark_training_config import LandmarkTraining
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
BY_PLACE, _BY_FOLD = (4, 12, 25), (9,)
"""Action Units that are read off a single face by landmarks and skin as well as blendshapes: smiles and parted lips
move by more than resting faces differ, brows drawn together fold skin; and those that only folds tell of beside
these."""


def strengths(reference: Float64, training: LandmarkTraining, alone: bool) -> Float64:
    """How strongly what a face's F numbers tell of each Action Unit is shrunk, float64[12, F]; infinite: not looked at.

    Args:
      reference: float64[478, 3], the mean face.
      training: the strengths.
      alone: without the person's neutral face. Where brows, lids and mouths lie at rest differs between real people by
        more than between rendered ones, so that of most Action Units blendshapes alone tell.
    """
    heights = np.repeat(reference[INNER_POINTS, 1], 2), flat_skin(reference).heights
    rows = []
    for number in AU_NUMBERS:
        places, skin = next(
            [(low < part) & (part < high) for part, (low, high) in zip(heights, bounds, strict=True)]
            for units, *bounds in _REGIONS
            if number in units
        )
        whole = not alone or number in BY_PLACE
        fold = np.inf if number not in _BY_FOLD else training.lone_skin_strength
        rows.append(
            [
                *np.where(places & whole, training.place_strength, np.inf),
                *np.where(skin, training.skin_strength if whole else fold, np.inf),
                *(training.shape_strength if number in units else np.inf for _, _, units in SHAPES),
            ]
        )
    return np.array(rows, np.float64)
