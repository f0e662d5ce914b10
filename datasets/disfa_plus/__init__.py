"""DISFA+ as a TFDS data set: importing this makes `tfds.load("disfa_plus/...")` know it."""

from au_tf.datasets.disfa_plus.disfa_plus_dataset_builder import Builder

__all__ = ["Builder"]
