"""Models for TF Serving, and the client that asks them; importing this room loads no TensorFlow."""

from au_tf.serving.client import Client

__all__ = ["Client"]
