"""Synthesis of facial Action Units with a 3D morphable model and adversarial networks."""

__version__ = "0.1.0"
