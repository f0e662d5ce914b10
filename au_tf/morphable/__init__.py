"""What a face is: the morphable model, its coefficients, and the built-in face."""

from au_tf.morphable.model import Coefficients, MorphableModel, Part

__all__ = ["Coefficients", "MorphableModel", "Part"]
