"""The face that au_tf builds by itself, from code and a seed."""

from au_tf.morphable.builtin.face import action_expressions, builtin_face, builtin_muscles, cache_folder
from au_tf.morphable.builtin.muscles import ACTIONS, STYLES, UNITS

__all__ = ["ACTIONS", "STYLES", "UNITS", "action_expressions", "builtin_face", "builtin_muscles", "cache_folder"]
