"""What drawn people do beside their labels: movements that nobody codes."""

import numpy as np

from au_tf.arrays import Float32, Int64
from au_tf.facs import ACTIONS, both_sides
from au_tf.morphable import MorphableModel
from au_tf.simulation.mechanics import tabulate
from au_tf.simulation.population import UNCODED, uncoded_movements
from au_tf.simulation.subjects import stream

UNCODED_UNITS = tuple(f"AU{unit}" for unit in UNCODED)
UNCODED_SHAPE = (len(UNCODED_UNITS), 2)
_ROWS = np.array([both_sides(unit) for unit in UNCODED])


def uncoded_of(seed: int, numbers: Int64) -> Float32:
    """How strong each is in records of these numbers int64[B], float32[B, 12, 2], as often as people do it."""
    drawn = [uncoded_movements(1, stream(seed, "uncoded", str(number)))[0] for number in numbers]
    return np.stack(drawn)[:, _ROWS].astype(np.float32)


def with_uncoded(model: MorphableModel, expressions: Float32, uncoded: Float32) -> Float32:
    """Expressions float32[B, E], standard deviations, with what `uncoded` float32[B, 12, 2] adds to a face at rest."""
    strengths = np.zeros((len(uncoded), len(ACTIONS)))
    strengths[:, _ROWS] = uncoded
    mechanics = tabulate(model)
    added = mechanics.expressions(strengths) - mechanics.expressions(np.zeros((1, len(ACTIONS))))
    return np.asarray(expressions + added, np.float32)
