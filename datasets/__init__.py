"""TFDS builder folders; installed as `au_tf.datasets`."""
