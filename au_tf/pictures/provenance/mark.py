"""The mark on a synthetic picture that people see."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from au_tf.arrays import Pixels

TEXT = "synthetic"
_SHARE, _SMALLEST = 0.03, 9
_INK, _GROUND = (255, 255, 255, 235), (0, 0, 0, 130)


def marked(picture: Pixels) -> Pixels:
    """A picture with the word "synthetic" in its lower right corner.

    Args:
      picture: uint8[H, W, 3], sRGB.

    Returns:
      uint8[H, W, 3], another array.
    """
    height, width = picture.shape[:2]
    size = max(_SMALLEST, round(_SHARE * min(height, width)))
    font, gap = ImageFont.load_default(size), size // 2
    right, bottom = width - gap, height - gap
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image, "RGBA")
    left, top, _, _ = draw.textbbox((right - gap, bottom - gap), TEXT, font, anchor="rd")
    draw.rounded_rectangle((left - gap, top - gap, right, bottom), gap, _GROUND)
    draw.text((right - gap, bottom - gap), TEXT, _INK, font, anchor="rd")
    return np.asarray(image)
