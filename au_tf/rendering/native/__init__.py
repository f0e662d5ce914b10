"""Rendering compiled for the processor: every picture that a person or a data set sees."""
