"""FACS actions as sums of ICT-FaceKit's named shapes."""

from collections.abc import Mapping, Sequence

import numpy as np

from au_tf.arrays import Float32
from au_tf.errors import InputError
from au_tf.facs import ACTIONS

SHAPES: dict[int, dict[str, float]] = {
    1: {"browInnerUp": 1.4},
    2: {"browOuterUp": 1.2, "browInnerUp": -0.25},
    4: {"browDown": 1.45},
    5: {"eyeWide": 1.2},
    6: {"cheekSquint": 1.1, "eyeSquint": 0.7, "mouthClose": 0.01},
    7: {"eyeSquint": 1.3},
    9: {"noseSneer": 1.0, "mouthClose": 0.16},
    10: {"mouthUpperUp": 0.9},
    12: {"mouthSmile": 1.3, "mouthStretch": 0.35},
    14: {"mouthDimple": 1.0},
    15: {"mouthFrown": 1.4},
    17: {"mouthShrugLower": 1.0, "mouthShrugUpper": 0.95},
    18: {"mouthPucker": 1.0},
    20: {"mouthStretch": 1.35},
    23: {"mouthPress": 0.8, "mouthRollLower": 0.4, "mouthRollUpper": 0.3, "mouthPucker": 0.25},
    24: {"mouthPress": 1.4},
    25: {"mouthLowerDown": 1.6, "mouthUpperUp": 0.4},
    26: {"jawOpen": 0.6},
    28: {"mouthRollLower": 0.7, "mouthRollUpper": 0.6, "mouthPress": 0.5},
    43: {"eyeBlink": 1.1},
    61: {"eyeLookOut_L": 1.0, "eyeLookIn_R": 1.0},
    62: {"eyeLookIn_L": 1.0, "eyeLookOut_R": 1.0},
    63: {"eyeLookUp": 1.0},
    64: {"eyeLookDown": 1.0},
}
"""How much of which shapes, "_L" and "_R" left out, is each Action Unit on both sides at intensity 5.

It starts from the table in ICT-FaceKit's README and was set by looking at renders. AU10 is mouthUpperUp, which lifts
the lip from above its middle and deepens the furrow as levator labii superioris does, where the README names
mouthShrugUpper; that one goes with AU17, whose lower lip pushes up the upper. AU6 narrows the eye from below as well.
AU9 and AU6 hold the lips together, since noseSneer and cheekSquint part them. AU26 is the part of jawOpen, itself AU27,
that a jaw drops without being pulled.
"""


def action_coefficients(
    names: Sequence[str], source: object, shapes: Mapping[int, Mapping[str, float]] = SHAPES
) -> Float32:
    """Coefficients of the named shapes for each of `facs.ACTIONS` at intensity 5.

    A shape without sides counts half for each side's action.

    Args:
      names: the shapes, in the order of the expression basis.
      source: what lists them, for the error.
      shapes: as `SHAPES`, for another model's shapes.

    Returns:
      float32[A, E].

    Raises:
      InputError: if a shape that an action needs is not among them.
    """
    index = {name: k for k, name in enumerate(names)}
    actions = np.zeros((len(ACTIONS), len(names)), np.float32)
    for row, action in enumerate(ACTIONS):
        unit, side = action[2:].split("_")
        for name, amount in shapes[int(unit)].items():
            stem, _, only = name.partition("_")
            if only not in ("", side):
                continue
            sided = f"{stem}_{side}"
            if sided in index:
                actions[row, index[sided]] += amount
            elif stem in index:
                actions[row, index[stem]] += 0.5 * amount
            else:
                raise InputError(source, "expressions", f"no {sided}", f"the shape that is AU{unit}")
    return actions
