"""What a camera and a file format make of a picture: tone, focus, resolution, noise, JPEG."""

import cv2
import numpy as np

from au_tf.arrays import Float32, Float64, Pixels


def develop(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Takes a picture with a camera of no particular quality.

    Args:
      picture: uint8[S, S, 3], sRGB, as an ideal camera would take it.
      rng: where the randomness comes from.

    Returns:
      uint8[S, S, 3].
    """
    values = _tone(picture.astype(np.float32) / 255.0, rng)
    values = _focus(values, rng)
    noise = rng.uniform(0.0, 0.05) ** 2 * 20.0
    values += noise * rng.standard_normal(values.shape, np.float32)
    taken = np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
    return _compressed(taken, int(rng.integers(30, 96))) if rng.random() < 0.6 else taken


def _tone(values: Float32, rng: np.random.Generator) -> Float32:
    """Gamma, contrast about the middle, and saturation."""
    grey = values.mean(-1, keepdims=True)
    saturation = 0.0 if rng.random() < 0.03 else np.float32(np.exp(rng.normal(0.0, 0.2)))
    values = np.clip(grey + saturation * (values - grey), 0.0, 1.0) ** np.float32(np.exp(rng.normal(0.0, 0.12)))
    # An S between 0 and 1, straight at 0.
    bend = np.float32(rng.normal(0.2, 0.3))
    return np.asarray(values + bend * values * (1.0 - values) * (2.0 * values - 1.0), np.float32)


def _focus(values: Float32, rng: np.random.Generator) -> Float32:
    """Blur, movement, and a face of few pixels that was enlarged."""
    size, out = len(values), values
    if rng.random() < 0.4:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 1.3)), np.float32)
    if rng.random() < 0.1:
        out = np.asarray(cv2.filter2D(out, -1, _movement(rng.normal(0.0, 2.0, 2))), np.float32)
    if rng.random() < 0.3:
        few = int(rng.integers(size // 3, size))
        small = cv2.resize(out, (few, few), interpolation=cv2.INTER_AREA)
        out = np.asarray(cv2.resize(small, (size, size), interpolation=cv2.INTER_LINEAR), np.float32)
    return out


def _movement(away: Float64) -> Float32:
    """float32[9, 9], of sum 1: a line through the middle."""
    kernel = np.zeros((9, 9), np.float32)
    column, row = np.rint(away.clip(-4, 4)).astype(int).tolist()
    cv2.line(kernel, (4 - column, 4 - row), (4 + column, 4 + row), 1.0)
    return kernel / kernel.sum()


def _compressed(picture: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
