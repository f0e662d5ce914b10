"""Smoothing over time that keeps onsets: a Kalman smoother whose process jumps where the data do.

Each number of a face is taken for a random walk, whose steps have variance q, seen through noise of variance r. How
much of the flicker is noise is learnt from the data: frames that are n apart differ with variance n q + 2 r, so n = 1
and n = 2 tell both. The filter runs forward and backward (Rauch, Tung and Striebel 1965), so nothing is delayed. Where
a step is larger than noise and walk explain, such as at the onset of an expression, the walk is given as large a step
there, and the change goes through whole.
"""

import numpy as np

from au_tf.arrays import Float, Float64, Int

JUMP = 2.5
"""Standard deviations beyond which a step counts as a jump."""
_LEAST_SHARE = 0.02
"""Least variance of the walk's steps, a share of the noise: smooths over about 15 frames at most."""
_TRIMMED_SQUARE = 0.700
"""Mean of the square of a standard normal variable without its largest and least tenth."""


def smooth(values: Float, confidence: Float, gaps: Int) -> Float64:
    """Smooths numbers of consecutive frames.

    Args:
      values: float[T, D], by frame.
      confidence: float[T] in [0, 1]; the noise of a frame grows as it falls.
      gaps: int[T - 1], how many frames lie from each to the next.

    Returns:
      float64[T, D].
    """
    return _smooth(np.asarray(values, np.float64), np.asarray(confidence, np.float64), gaps)


def _smooth(values: Float64, confidence: Float64, gaps: Int) -> Float64:
    if len(values) < 4:
        return values
    noise, walk = _variances(values, gaps)
    spread = noise / np.clip(confidence, 0.2, 1.0)[:, None] ** 2
    means, variances, ahead = np.empty_like(values), np.empty_like(values), np.empty_like(values)
    means[0], variances[0], ahead[0] = values[0], spread[0], 0.0
    for t in range(1, len(values)):
        innovation = values[t] - means[t - 1]
        expected = variances[t - 1] + gaps[t - 1] * walk
        # A single frame that is off is noise; if the next agrees with it, it was a jump.
        follows = values[min(t + 1, len(values) - 1)] - means[t - 1]
        lasting = np.minimum(np.abs(innovation), np.abs(follows)) * (innovation * follows > 0)
        jump = lasting**2 > JUMP**2 * (expected + spread[t])
        ahead[t] = np.where(jump, expected + lasting**2, expected)
        gain = ahead[t] / (ahead[t] + spread[t])
        means[t], variances[t] = means[t - 1] + gain * innovation, (1.0 - gain) * ahead[t]
    for t in range(len(values) - 2, -1, -1):
        means[t] += variances[t] / ahead[t + 1] * (means[t + 1] - means[t])
    return means


def _variances(values: Float64, gaps: Int) -> tuple[Float64, Float64]:
    """Of the noise and of the walk's steps, float64[D] each, from frames without gaps between them."""
    whole = gaps == 1
    pairs = whole[1:] & whole[:-1]
    if pairs.sum() < 2:
        return np.full(values.shape[1], 1e-12), np.full(values.shape[1], 1.0)
    one, two = _spread(np.diff(values, axis=0)[whole]), _spread((values[2:] - values[:-2])[pairs])
    noise = np.maximum(one - two / 2.0, 1e-12)
    return noise, np.maximum(two - one, _LEAST_SHARE * noise)


def _spread(steps: Float64) -> Float64:
    """Mean square without the largest and least tenth: movements pass neither for noise nor for the walk."""
    cut = len(steps) // 10
    return np.asarray(np.sort(np.square(steps), 0)[cut : len(steps) - cut].mean(0) / _TRIMMED_SQUARE)
