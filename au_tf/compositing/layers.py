"""What a photo offers to be moved: skin without eyes and mouth, eyes without lids, the inside of the mouth."""

from dataclasses import dataclass

from au_tf.arrays import Array, Tensor


@dataclass(frozen=True, eq=False)
class Layers:
    """The window of a photo, prepared, in arrays or in tensors; colours are linear RGB."""

    skin: Array | Tensor
    """float32[h, w, 10]: the photo; without eyes and mouth; that without creases; where creases may be (1).
    float32[h, w, 6] if creases are to stay."""
    eyes: Array | Tensor
    """float32[h, w, 3], continued under the lids."""
    mouth: Array | Tensor
    """float32[h, w, 5]: the photo; well inside the open mouth (1); between closed lips (1)."""
    closed: Array | Tensor
    """float32[h, w, 1], where the fit sees a gap between lips that are closed in the photo."""
    tooth_gain: Array | Tensor
    """float32[3], what makes rendered teeth as bright as those in the photo."""
    lip_line: float
    """How dark the line is that closing lips get; 0 if the photo has it."""
