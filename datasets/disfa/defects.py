"""What is known to be wrong with DISFA as it is handed out."""

import numpy as np

from au_tf.arrays import Bool

# Frames whose registration failed or is wrong, from first to last, 1-based.
_BAD: dict[str, tuple[tuple[int, int], ...]] = {
    "SN001": ((398, 420), (3190, 3243)),
    "SN002": ((800, 826),),
    "SN004": ((4541, 4555),),
    "SN006": ((1349, 1405),),
    "SN009": ((1736, 1808), (1851, 1885)),
    "SN011": ((4529, 4533), (4830, 4845)),
    "SN021": (
        (574, 616),
        (985, 1164),
        (1190, 1205),
        (1305, 1338),
        (1665, 1710),
        (1862, 2477),
        (2554, 4657),
        (4710, 4722),
    ),
    "SN023": ((1021, 1049), (3378, 3557), (3584, 3668), (4547, 4621), (4741, 4772), (4825, 4845)),
    "SN025": ((4596, 4662), (4816, 4835)),
    "SN027": ((3461, 3494), (4738, 4785)),
    "SN028": ((1875, 1885), (4571, 4690)),
    "SN029": ((4090, 4543),),
    "SN030": ((939, 962), (1406, 1422), (2100, 2132), (2893, 2955)),
}

MISSING_LANDMARKS: dict[str, frozenset[int]] = {"SN031": frozenset({3631})}
"""Frames for which DISFA has no landmark file."""
SPARE_LANDMARKS = 1
"""How many landmark files beyond the last frame a subject may have."""
SPARE_FRAMES = {"SN010": 1}
"""How many more frames a subject's video may have than its labels, or fewer: SN010's were cut short by one."""


def known_good(subject: str, frames: int) -> Bool:
    """Which of a subject's frames are not known to be bad, bool[frames]; the first is frame 1."""
    numbers = np.arange(1, frames + 1)
    good = np.ones(frames, bool)
    for first, last in _BAD.get(subject, ()):
        good &= (numbers < first) | (numbers > last)
    return good
