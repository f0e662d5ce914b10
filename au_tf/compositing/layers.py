"""What a photo offers to be moved: skin without eyes and mouth, eyes without lids, the inside of the mouth."""

from dataclasses import dataclass
from typing import NamedTuple

from au_tf.arrays import Array, Tensor


class Lamp(NamedTuple):
    """The light of a photo, as far as its skin tells it."""

    gain: Array | Tensor
    """float32[3], factor of what is rendered under the fitted light."""
    colour: Array | Tensor | float
    """How colourful the photo is: 1 as skin is, 0 if it is grey."""
    redness: Array | Tensor | float
    """Red over green of its skin."""


@dataclass(frozen=True, eq=False)
class Layers:
    """The window of a photo, prepared, in arrays or in tensors; colours are linear RGB."""

    skin: Array | Tensor
    """float32[h, w, 12]: the photo; without eyes and mouth; that without creases; where creases may be (1); which way
    is away from the mouth, -1 to 1 (1); what lies between lids and brows (1).
    float32[h, w, 6] if creases are to stay."""
    eyes: Array | Tensor
    """float32[h, w, 5]: the photo, continued under the lids (3); whether the eye is open (1); what a lid hid
    (1)."""
    mouth: Array | Tensor
    """float32[h, w, 9]: the photo; teeth well inside the open mouth (1); between closed lips (1); what makes rendered
    teeth those of the photo (3); how much light reaches the inside (1)."""
    closed: Array | Tensor
    """float32[h, w, 1], where the fit sees a gap between lips that are closed in the photo."""
    fold: Array | Tensor
    """float32[3], exponents of a shadow's ratio of luminances in red, green and blue, on skin."""
    lamp: Lamp
    """What lights the inside of the mouth."""
    millimetre: float
    """Pixels a mm of the face."""
    shut: Array | Tensor | float
    """Whether the lips are closed in the photo, 0 or 1."""
    covered: tuple[str, ...] = ()
    """What is hidden so far that it is left alone, such as "mouth" or "left eye"."""
    still: Array | Tensor | float = 0.0
    """float32[h, w, 1], how far what lies over the face, such as hair and glasses, keeps a pixel as it is."""
    softness: float = 0.0
    """By how many pixels the photo is less sharp than what is rendered."""
    grain: Array | Tensor | float = 0.0
    """float32[h, w, 1], the photo's grain, in sRGB, 0 on average."""
    pores: Array | Tensor | float = 0.0
    """float32[h, w, 1], the texture of the face's skin, a share of its light, 0 on average."""
    wrinkled: float = 1.0
    """How deep wrinkles are that an expression draws, over those of old skin."""
