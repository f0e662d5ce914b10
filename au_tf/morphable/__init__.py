"""What a face is: the morphable model, its coefficients, the built-in face, readers of other models (`load`)."""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from au_tf.morphable.coefficients import Coefficients
    from au_tf.morphable.linear_model import LinearModel
    from au_tf.morphable.model import MorphableModel, Part

__all__ = ["Coefficients", "LinearModel", "MorphableModel", "Part"]

# The process that reads what nobody vouches for starts with little, and so does whoever wants a signature alone.
__getattr__, __dir__, _ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "coefficients": ["Coefficients"],
        "linear_model": ["LinearModel"],
        "model": ["MorphableModel", "Part"],
    },
)
