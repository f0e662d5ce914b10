"""Compositing compiled for the processor: every photo that a person or a data set sees."""
