"""DISFA as a TFDS data set: importing this makes `tfds.load("disfa/...")` know it."""

from au_tf.datasets.disfa.disfa_dataset_builder import Builder

__all__ = ["Builder"]
