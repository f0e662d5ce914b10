"""Beam pipelines; installed as `au_tf.pipelines`."""
