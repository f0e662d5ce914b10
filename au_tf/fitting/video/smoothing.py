"""Smoothing over time that keeps onsets: a Kalman smoother whose process jumps where the data do.

Each number of a face is taken for a random walk, whose steps have variance q, seen through noise of variance r. How
much of the flicker is noise is learnt from the data: frames that are n apart differ with variance n q + 2 r, so n = 1
and n = 2 tell both. The filter runs forward and backward (Rauch, Tung and Striebel 1965), so nothing is delayed. Where
a step is larger than noise and walk explain, such as at the onset of an expression, the walk is given as large a step
there, and the change goes through whole.

Live, `CausalFilter` does the same with what has been seen so far: forward only, and what is noise learnt on the way.
"""

import numpy as np

from au_tf.arrays import Float, Float64, Int

JUMP = 2.5
"""Standard deviations beyond which a step counts as a jump."""
_LEAST_SHARE = 0.02
"""Least variance of the walk's steps, a share of the noise: smooths over about 15 frames at most."""
_MEMORY = 100
"""Frames over which a causal filter learns what is noise."""
_LIMIT = 6.0
"""Times the mean square, up to which a step counts towards it there: movements are neither noise nor walk."""
_FEWEST = 4
"""Frames that are left as they are, for want of knowledge."""
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


class CausalFilter:
    """Smooths numbers of frames as they come: what it says of one follows from that and those before it."""

    def __init__(self) -> None:
        self._seen: list[Float64] = []
        self._squares: list[Float64] = []
        self._count = 0
        self._mean = self._variance = np.zeros(0)

    def update(self, values: Float, confidence: float, gap: int = 1) -> Float64:
        """The next frame, smoothed.

        Args:
          values: float[D].
          confidence: in [0, 1]; the noise of the frame grows as it falls.
          gap: how many frames it lies after the one before.

        Returns:
          float64[D].
        """
        now = np.asarray(values, np.float64)
        self._learn(now, gap)
        self._count += 1
        if self._count < _FEWEST or len(self._squares) < 2:
            self._mean, self._variance = now, np.zeros_like(now)
            return now
        noise, walk = _shares(*self._squares)
        spread = noise / np.clip(confidence, 0.2, 1.0) ** 2
        innovation = now - self._mean
        expected = self._variance + gap * walk
        jump = innovation**2 > JUMP**2 * (expected + spread)
        ahead = np.where(jump, expected + innovation**2, expected)
        gain = ahead / (ahead + spread)
        self._mean, self._variance = self._mean + gain * innovation, (1.0 - gain) * ahead
        return self._mean

    def _learn(self, now: Float64, gap: int) -> None:
        """Mean squares of the steps over one frame and over two."""
        self._seen = [*self._seen[-2:], now] if gap == 1 else [now]
        for k in range(len(self._seen) - 1):
            square = np.square(now - self._seen[-2 - k])
            if k == len(self._squares):
                self._squares.append(square)
                continue
            limited = np.minimum(square, _LIMIT * np.maximum(self._squares[k], 1e-12))
            self._squares[k] = self._squares[k] + (limited - self._squares[k]) / min(self._count, _MEMORY)


def _smooth(values: Float64, confidence: Float64, gaps: Int) -> Float64:
    if len(values) < _FEWEST:
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
    return _shares(_spread(np.diff(values, axis=0)[whole]), _spread((values[2:] - values[:-2])[pairs]))


def _shares(one: Float64, two: Float64) -> tuple[Float64, Float64]:
    """Variances of the noise and of the walk's steps, from mean squares of steps over one frame and over two."""
    noise = np.maximum(one - two / 2.0, 1e-12)
    return noise, np.maximum(two - one, _LEAST_SHARE * noise)


def _spread(steps: Float64) -> Float64:
    """Mean square without the largest and least tenth: movements pass neither for noise nor for the walk."""
    cut = len(steps) // 10
    return np.asarray(np.sort(np.square(steps), 0)[cut : len(steps) - cut].mean(0) / _TRIMMED_SQUARE)
