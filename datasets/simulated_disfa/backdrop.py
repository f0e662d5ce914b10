"""What a sequence's pictures have beside the face: a wall behind it, and the grain of the camera's sensor."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from scipy.special import ndtri

from au_tf.arrays import Float32, Float64, Pixels
from au_tf.geometry.alignment import ALIGNED_SIZE
from au_tf.pictures.colour import to_srgb
from au_tf.simulation.scene import VIDEO
from au_tf.simulation.subjects import stream

_COARSE = 8
"""Pixels of the video, and of the aligned picture, to a sample of the wall, which varies slowly."""
_WALL, _TINT, _UNEVEN = (0.10, 0.45), 0.08, 0.18
"""Reflectance from and to, deviation of its colours, and of its brightness over the picture."""
_GRAIN = (1.2, 2.4)
"""Deviation of the sensor's noise from and to, in levels of 255: about the same in light and dark once encoded as sRGB,
where noise that grows as the square root of the light does."""
_SOFT = 0.6
"""Deviation in pixels of the blur that alignment and the video's compression lay over the noise."""


@dataclass(frozen=True, eq=False)
class Backdrop:
    """Wall and sensor of one person before one camera."""

    seed: int
    """The recording's."""
    subject: str
    """Who."""
    camera: str
    """Which."""
    wall: Float32
    """float32[96, 128, 3], linear reflectance behind each eighth pixel of the video."""
    grain: float
    """Deviation of the sensor's noise, in levels of 255."""

    @classmethod
    def of(cls, seed: int, subject: str, camera: str) -> "Backdrop":
        """Those of one sequence."""
        # The wall is the person's, on another day; what a camera sees of it is another part.
        own, part = stream(seed, subject, "wall"), stream(seed, subject, camera, "wall")
        base = np.exp(own.uniform(*np.log(_WALL))) * np.exp(_TINT * own.standard_normal(3))
        size = VIDEO.width // _COARSE, VIDEO.height // _COARSE
        uneven = cv2.resize(part.standard_normal((3, 4)), size, interpolation=cv2.INTER_CUBIC)
        wall = base * np.exp(_UNEVEN * uneven)[..., None]
        return cls(seed, subject, camera, wall.astype(np.float32), float(part.uniform(*_GRAIN)))

    def background(self, matrix: Float64, light: Float32, size: int) -> Float32:
        """The wall in an aligned picture, linear float32[size, size, 3].

        Args:
          matrix: float64[2, 3], from pixels of the video to pixels of an aligned picture of 224 pixels a side.
          light: float32[3], what falls on the wall.
          size: pixels a side that the picture is to have.
        """
        coarse = matrix.copy()
        coarse[:, 2] /= _COARSE
        cells = ALIGNED_SIZE // _COARSE
        seen = cv2.warpAffine(self.wall * light, coarse, (cells, cells), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(seen, (size, size)), np.float32)

    def develop(self, linear: Float32, frame: int) -> Pixels:
        """The picture of a frame as the sensor takes it.

        Args:
          linear: float32[S, S, 3], linear RGB.
          frame: its number, from which the noise follows.

        Returns:
          uint8[S, S, 3], sRGB.
        """
        rng = stream(self.seed, self.subject, self.camera, "grain", str(frame))
        drawn = rng.integers(0, 256, linear.shape, np.uint8)
        noise = cv2.GaussianBlur(_normal()[drawn], (0, 0), _SOFT)
        levels = _levels()[(np.clip(linear, 0.0, 1.0) * np.float32(65535.0)).astype(np.uint16)]
        return np.clip(np.rint(levels + np.float32(self.grain) * noise), 0.0, 255.0).astype(np.uint8)


@cache
def _normal() -> Float32:
    """A standard normal value for each of 256 numbers that are equally likely, scaled to be so after the blur."""
    values = ndtri((np.arange(256) + 0.5) / 256)
    tap = cv2.getGaussianKernel(5, _SOFT)
    return (values / (values.std() * np.square(tap).sum())).astype(np.float32)


@cache
def _levels() -> Float32:
    """sRGB in levels of 255 of 65,536 levels of linear light."""
    return np.float32(255.0) * to_srgb(np.linspace(0.0, 1.0, 65536))
