"""Smaller recordings: some frames of each person, with every Action Unit and without any."""

import numpy as np

from au_tf.arrays import Int64, UInt8
from au_tf.simulation.subjects import FRAMES

SIZES = {"tiny": 16, "small": 48, "paper": FRAMES}
"""Frames of each person and camera: for tests, 1% of the paper's, and all."""

_GOLDEN = 0.6180339887498949


def select(coded: UInt8, count: int) -> Int64:
    """Chooses frames that still show everything that the person shows.

    First come the fewest frames that between them have every Action Unit, and one without any; the others follow the
    golden ratio over the recording, evenly at every number. So each smaller recording is part of each larger one.

    Args:
      coded: [F, 12], the intensities of all frames.
      count: how many to choose, at most F.

    Returns:
      int64[count], indices in ascending order.
    """
    if count >= len(coded):
        return np.arange(len(coded))
    present = np.concatenate([coded > 0, ~coded.any(1, keepdims=True)], 1)
    chosen: list[int] = []
    missing = present.any(0)
    while missing.any():
        # Of frames that are equally good the middle one, which is not at the very beginning of an event.
        gain = (present & missing).sum(1)
        best = np.flatnonzero(gain == gain.max())
        chosen.append(int(best[len(best) // 2]))
        missing = missing & ~present[chosen[-1]]
    spread = np.argsort(np.argsort((np.arange(len(coded)) * _GOLDEN) % 1.0))
    order = list(dict.fromkeys([*chosen, *spread.tolist()]))
    return np.sort(np.array(order[:count]))
