"""Rendering in TensorFlow ops: for gradients and for SavedModels."""
