"""Rendering in TensorFlow ops: for gradients and for SavedModels."""

from au_tf.startup import quicken_tensorflow_graphics

# Before any module of tensorflow-graphics is imported.
quicken_tensorflow_graphics()
