"""What a face is: the morphable model, its coefficients, the built-in face, readers of other models (`load`)."""

from au_tf.morphable.coefficients import Coefficients
from au_tf.morphable.linear import LinearModel
from au_tf.morphable.model import MorphableModel, Part

__all__ = ["Coefficients", "LinearModel", "MorphableModel", "Part"]
