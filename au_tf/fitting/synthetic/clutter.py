"""What is behind a face and before it: walls, patterns, hands, shadows."""

import cv2
import numpy as np

from au_tf.arrays import Bool, Float, Float32, Float64, Int32, Pixels
from au_tf.geometry.landmarks import CHEEKS, NOSE_TIP

_OCCLUDED, _SHADOWED = 0.3, 0.25
_HANDS = 0.4


def background(size: int, rng: np.random.Generator) -> Pixels:
    """uint8[size, size, 3]: plain, cloudy, or full of things, more or less out of focus."""
    kind = rng.random()
    picture = _cloud(size, rng) if kind < 0.5 else _leaves(size, rng)
    if kind < 0.15:
        picture = _mix(picture, _colour(rng), 0.9)
    sigma = rng.uniform(0.0, 4.0) ** 2 / 4.0
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.3 else picture, np.uint8)


def _colour(rng: np.random.Generator) -> Float64:
    """float64[3] in 0..255: any brightness, and seldom gaudy."""
    return np.clip(rng.uniform(0, 255) + 128 * rng.random() ** 3 * rng.uniform(-1, 1, 3) + rng.normal(0, 8, 3), 0, 255)


def _cloud(size: int, rng: np.random.Generator) -> Pixels:
    """Noise of every scale, about a random colour."""
    total = np.tile(_colour(rng).astype(np.float32), (size, size, 1))
    fall, strength, tint = rng.uniform(0.3, 1.0), rng.uniform(5, 60), rng.random() ** 2
    for level, cells in enumerate((2, 4, 8, 16, 32, 64)):
        noise = rng.standard_normal((cells, cells, 3)).astype(np.float32)
        noise = tint * noise + (1 - tint) * noise[..., :1]
        total += strength * fall**level * cv2.resize(noise, (size, size), interpolation=cv2.INTER_LINEAR)
    return np.clip(total, 0, 255).astype(np.uint8)


def _leaves(size: int, rng: np.random.Generator) -> Pixels:
    """Dead leaves: polygons one upon the other, many small and few large, as the edges of natural pictures are."""
    picture = np.empty((size, size, 3), np.uint8)
    picture[:] = _colour(rng)
    spread = rng.uniform(0, 30)
    for radius in np.sort(size * rng.uniform(0.1, 1.0, int(rng.integers(15, 50))) ** 2 * 0.6)[::-1]:
        colour = np.clip(_colour(rng) + spread * rng.standard_normal(3), 0, 255).tolist()
        cv2.fillPoly(picture, [_polygon(rng.uniform(0, size, 2), radius, rng)], colour, cv2.LINE_AA)
    grain = rng.standard_normal((size, size, 1)) * rng.uniform(0, 12)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def _polygon(centre: Float, radius: float, rng: np.random.Generator) -> Int32:
    corners = int(rng.integers(3, 9))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    reach = radius * rng.uniform(0.5, 1.0, corners) * rng.uniform(0.4, 1.0)
    return np.rint(centre + np.stack([reach * np.cos(angles), radius * np.sin(angles)], -1)).astype(np.int32)


def _mix(picture: Pixels, colour: Float, share: float) -> Pixels:
    return np.rint((1 - share) * picture + share * np.asarray(colour)).astype(np.uint8)


def cover(picture: Pixels, landmarks: Float32, rng: np.random.Generator) -> tuple[Pixels, Bool]:
    """Puts now and then a shadow, and a hand or another thing before a face.

    Args:
      picture: uint8[S, S, 3], sRGB.
      landmarks: float32[68, 2], (column, row) in its pixels.
      rng: where the randomness comes from.

    Returns:
      The picture, and bool[S, S], where the face is covered by a hand or another thing.
    """
    if rng.random() < _SHADOWED:
        picture = _shadow(picture, rng)
    if rng.random() >= _OCCLUDED:
        return picture, np.zeros(picture.shape[:2], np.bool_)
    mask = np.zeros(picture.shape[:2], np.uint8)
    hand = rng.random() < _HANDS
    (draw_hand if hand else draw_thing)(mask, landmarks, rng)
    stuff = _cloud(len(picture), rng)
    if hand:
        cheeks = (
            np.rint(landmarks[[*CHEEKS, 31, 35]] * 0.7 + landmarks[NOSE_TIP] * 0.3)
            .astype(int)
            .clip(0, len(picture) - 1)
        )
        skin = picture[cheeks[:, 1], cheeks[:, 0]].mean(0) * rng.uniform(0.6, 1.3)
        stuff = _mix(stuff, np.clip(skin, 0, 255), 0.85)
    elif rng.random() < 0.4:
        stuff = _leaves(len(picture), rng)
    share = cv2.GaussianBlur(mask, (3, 3), 0)[..., None] / np.float32(255)
    return np.rint(picture + share * (stuff.astype(np.float32) - picture)).astype(np.uint8), mask > 127


def draw_hand(mask: Pixels, landmarks: Float32, rng: np.random.Generator) -> None:
    """Three or four fingers side by side and a palm, from outside the picture to somewhere on the face."""
    size = len(mask)
    tip = landmarks[rng.integers(68)] + rng.normal(0, size / 25, 2)
    angle = rng.uniform(0, 2 * np.pi)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    width = size * rng.uniform(0.06, 0.10)
    fingers = int(rng.integers(1, 5))
    for k in range(fingers):
        start = tip + across * width * 1.1 * (k - (fingers - 1) / 2) + along * width * rng.uniform(0, 1.2)
        end = start + along * 5 * width
        cv2.line(mask, _whole(start), _whole(end), 255, max(1, round(width)), cv2.LINE_AA)
    palm = tip + along * 7.5 * width
    cv2.ellipse(mask, _whole(palm), _whole((4 * width, 2.6 * width)), np.degrees(angle), 0, 360, 255, -1, cv2.LINE_AA)


def draw_thing(mask: Pixels, landmarks: Float32, rng: np.random.Generator) -> None:
    """A polygon, an ellipse or a bar."""
    size, kind = len(mask), rng.integers(3)
    centre = landmarks[rng.integers(68)] + rng.normal(0, size / 12, 2)
    if kind == 0:
        cv2.fillPoly(mask, [_polygon(centre, size * rng.uniform(0.1, 0.4), rng)], 255, cv2.LINE_AA)
    elif kind == 1:
        axes = _whole(size * rng.uniform(0.06, 0.3, 2))
        cv2.ellipse(mask, _whole(centre), axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA)
    else:
        away = rng.standard_normal(2) * size
        cv2.line(mask, _whole(centre - away), _whole(centre + away), 255, int(rng.integers(2, size // 8)), cv2.LINE_AA)


def _shadow(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Darkens one side of a random line, softly or sharply."""
    size = len(picture)
    rows, columns = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    distance = np.cos(angle) * columns + np.sin(angle) * rows - rng.uniform(-0.35, 0.35)
    lit = 1.0 / (1.0 + np.exp(-np.clip(distance / rng.uniform(0.01, 0.2), -30, 30)))
    gain = 1.0 - rng.uniform(0.1, 0.6) * (1.0 - lit)
    return np.rint(picture * gain[..., None]).astype(np.uint8)


def _whole(point: Float | tuple[float, float]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
