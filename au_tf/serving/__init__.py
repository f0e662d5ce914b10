"""Models for TF Serving, and the client that asks them; importing this room loads no TensorFlow."""
