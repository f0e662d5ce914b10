"""Simulated DISFA as a TFDS data set: importing this makes `tfds.load("simulated_disfa/...")` know it."""

from au_tf.datasets.simulated_disfa.simulated_disfa_dataset_builder import Builder

__all__ = ["Builder"]
