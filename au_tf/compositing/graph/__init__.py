"""Compositing in TensorFlow ops: for SavedModels."""
