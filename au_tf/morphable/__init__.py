"""What a face is: the morphable model, its coefficients, the built-in face, readers of other models."""

from au_tf.morphable.model import Coefficients, MorphableModel, Part
from au_tf.morphable.readers.load import load_morphable_model

__all__ = ["Coefficients", "MorphableModel", "Part", "load_morphable_model"]
