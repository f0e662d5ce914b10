"""The face that au_tf builds by itself, from code, a table of measured figures and a seed."""

from au_tf.morphable.builtin.assembly import action_expressions, builtin_face, builtin_muscles

__all__ = ["action_expressions", "builtin_face", "builtin_muscles"]
