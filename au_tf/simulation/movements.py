"""What people do that nobody codes: blinks, speech, some Action Units, turns of the head."""

import numpy as np

from au_tf.arrays import Float64
from au_tf.facs import ACTIONS, both_sides
from au_tf.simulation.coding import smooth
from au_tf.simulation.population import CONJUGATE, UNCODED
from au_tf.simulation.pulses import Pulses, starts, track
from au_tf.simulation.subjects import FRAME_RATE, FRAMES, liveliness, stream

# Mean seconds of onset, hold and offset.
_SLOW = (0.6, 1.2, 0.8)
_BLINK = (0.10, 0.04, 0.20)
_SYLLABLE = (0.09, 0.03, 0.10)

_SPOKEN = (18, 23, 26)
_BOUT_SECONDS, _SYLLABLES_A_SECOND = 2.0, 4.0
_SPEAKING_JAW = 0.08
"""How far speech moves the jaw beyond what is coded."""

# Turning, nodding and tilting in radians, and moving in mm: how a person sits, and how this changes within seconds.
_SEAT_ANGLES, _SEAT_MM = np.array([0.04, 0.05, 0.03]), np.array([15.0, 15.0, 40.0])
_SWAY_ANGLES, _SWAY_MM = np.array([0.05, 0.04, 0.03]), np.array([5.0, 4.0, 10.0])
_SWAY_SECONDS, _RESTLESSNESS = 1.5, 0.4
_GLANCES_A_SECOND, _GLANCE = 1 / 40.0, np.array([0.28, 0.15, 0.08])


def uncoded(seed: int, subject: str) -> Float64:
    """Strengths of the actions that come by themselves, float[FRAMES, A]."""
    moved = np.zeros((FRAMES, len(ACTIONS)))
    often = liveliness(seed, subject)
    for unit, (share, greatest) in UNCODED.items():
        if unit in _SPOKEN:
            continue
        rng = stream(seed, subject, f"AU{unit}")
        seconds = _BLINK if unit == 43 else _SLOW
        rate = share / sum(seconds) / FRAME_RATE * (1.0 if unit == 43 else often)
        begin = starts(rate, FRAMES, rng)
        lowest = 0.8 * greatest if unit == 43 else 0.1
        moved[:, both_sides(unit)] += _play(
            begin, rng.uniform(lowest, greatest, len(begin)), unit not in CONJUGATE, seconds, rng
        )
    return moved + _speech(often, stream(seed, subject, "speech"))


def _play(
    begin: Float64, size: Float64, leaning: bool, seconds: tuple[float, ...], rng: np.random.Generator
) -> Float64:
    """Pulses on the left and the right, float[FRAMES, 2], that may be stronger on one side."""
    count = len(begin)
    lean = rng.uniform(-1.0, 1.0, count) if leaning else np.zeros(count)
    both = size[:, None] * np.minimum(1.0, 1.0 + lean[:, None] * np.array([1.0, -1.0]))
    pace = np.exp(rng.normal(0.0, 0.3, (3, count, 1))) * FRAME_RATE * np.array(seconds)[:, None, None]
    onset, hold, offset = np.broadcast_to(pace, (3, count, 2))
    return track(Pulses(np.repeat(begin[:, None], 2, 1), onset, hold, offset, both), FRAMES)


def _speech(often: float, rng: np.random.Generator) -> Float64:
    """Bouts of syllables, each of which purses or presses the lips and moves the jaw a little."""
    share, greatest = UNCODED[18]
    bouts = starts(often * share / _BOUT_SECONDS / FRAME_RATE, FRAMES, rng)
    ends = bouts + FRAME_RATE * rng.exponential(_BOUT_SECONDS, len(bouts))
    syllables = starts(_SYLLABLES_A_SECOND / FRAME_RATE, FRAMES, rng)
    syllables = syllables[((syllables[:, None] >= bouts) & (syllables[:, None] < ends)).any(1)]
    which = rng.integers(2, size=len(syllables))
    moved = np.zeros((FRAMES, len(ACTIONS)))
    for k, unit in enumerate(_SPOKEN[:2]):
        own = syllables[which == k]
        moved[:, both_sides(unit)] = _play(own, rng.uniform(0.1, greatest, len(own)), False, _SYLLABLE, rng)
    jaw = rng.uniform(0.0, _SPEAKING_JAW, len(syllables))
    moved[:, both_sides(_SPOKEN[2])] = _play(syllables, jaw, False, _SYLLABLE, rng)
    return moved


def head(seed: int, subject: str) -> tuple[Float64, Float64]:
    """Where the head is and how it is turned, in front of a camera that it faces.

    Returns:
      float[FRAMES, 3], turned to its left, nodded down and tilted to its left in radians; float[FRAMES, 3], mm off
      its usual place.
    """
    rng = stream(seed, subject, "head")
    restless = np.exp(rng.normal(0.0, _RESTLESSNESS))
    seat = rng.standard_normal(6)
    sway = restless * smooth(rng.standard_normal((FRAMES, 6)), _SWAY_SECONDS)
    glances = starts(restless * restless * _GLANCES_A_SECOND / FRAME_RATE, FRAMES, rng)
    count = len(glances)
    size = _GLANCE * rng.normal(0.0, 1.0, (count, 3))
    pace = np.exp(rng.normal(0.0, 0.4, (3, count, 1))) * FRAME_RATE * np.array(_SLOW)[:, None, None]
    onset, hold, offset = np.broadcast_to(pace, (3, count, 3))
    turned = track(Pulses(np.repeat(glances[:, None], 3, 1), onset, hold, offset, size), FRAMES)
    angles = _SEAT_ANGLES * seat[:3] + _SWAY_ANGLES * sway[:, :3] + turned
    return angles, _SEAT_MM * seat[3:] + _SWAY_MM * sway[:, 3:]
