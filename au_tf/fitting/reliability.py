"""Whether a face that was found can be relied on, how far, and why not: one answer for all that looks at faces.

How far the network's answers for slightly different squares about the face lie apart tells how far they lie from the
truth, on rendered people who are covered, blurred or neither; what looks like a face and is none scatters most.
MediaPipe's own probability, `presence`, says 1.00 of masks and hands.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from au_tf.fitting.detect.covered import PARTS
from au_tf.fitting.detect.detected_face import MIN_PRESENCE, TURNED, DetectedFace
from au_tf.fitting.refine.dense_points import turned

MAX_TURN = 60.0
"""Degrees by which a face may be turned to the side: beyond, half of it is not seen."""
MAX_ERROR = 0.1
"""Root mean square error of landmarks, a share of their spread, beyond which they are of no use."""
MIN_CONFIDENCE = 0.3
"""Least confidence that counts: below, landmarks are expected to err by 0.12 of their spread."""
USUAL_ERROR = 0.045
"""Expected error of an ordinary photo's landmarks."""
_SCALE, _POWER, _SPREAD = 0.738, 0.639, 0.334
"""Expected error over the scatter to that power, and how far its logarithm errs; measured by
`benchmarks/covered_parts.py` on rendered people, half of them covered or blurred."""
_COVERED = 0.6
"""Probability from which on a part counts as covered."""


class Reliability(NamedTuple):
    """What is to be thought of a face that was found."""

    confidence: float
    """The probability in [0, 1] that it is a face and its landmarks err by less than `MAX_ERROR`."""
    landmark_error: float
    """The error expected of the landmarks, root mean square, a share of their spread; not a number if unknown."""
    covered: tuple[str, ...]
    """Which of `detect.covered.PARTS` something is in front of."""
    reason: str
    """Why the face cannot be relied on; empty if it can."""


def reliability(face: DetectedFace) -> Reliability:
    """Judges a face that was found by its landmarks and what is seen of it."""
    error = expected_error(face.scatter)
    sure = 1.0 if np.isnan(error) else float(ndtr((np.log(MAX_ERROR) - np.log(error)) / _SPREAD))
    confidence = face.presence * sure
    hidden = () if face.covered is None else tuple(p for p, c in zip(PARTS, face.covered, strict=True) if c > _COVERED)
    return Reliability(confidence, error, hidden, _reason(face, confidence, error, hidden))


def expected_error(scatter: float) -> float:
    """The error expected of landmarks whose answers scatter so far; not a number if that is unknown."""
    return _SCALE * float(np.maximum(scatter, 1e-4)) ** _POWER


def doubt(scatter: float) -> float:
    """How many times as far as those of an ordinary photo landmarks are expected to be off, at least 1."""
    return float(np.fmax(expected_error(scatter) / USUAL_ERROR, 1.0))


def _reason(face: DetectedFace, confidence: float, error: float, hidden: tuple[str, ...]) -> str:
    if face.presence < MIN_PRESENCE:
        return "face: turned too far away, or none" if turned(face.dense, TURNED) else "face: not sure to be one"
    if confidence < MIN_CONFIDENCE and not np.isnan(error):
        return f"face: unclear (covered, blurred or small), its landmarks may be {error:.0%} of its size off"
    if "mouth" in hidden or {"right eye", "left eye"} <= {*hidden}:
        return f"covered: {', '.join(hidden)}"
    if turned(face.dense, MAX_TURN):
        return "face: turned too far away"
    return ""
