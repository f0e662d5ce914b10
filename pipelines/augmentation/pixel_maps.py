"""Maps of what the pixels of a picture show, as they are kept: parts, depth and normals, a PNG each."""

import cv2
import numpy as np
import tensorflow_datasets as tfds

from au_tf.arrays import Array
from au_tf.rendering.native.surfaces import Segment, Surfaces

SEGMENTS = ", ".join(f"{part.value} {part.name.lower()}" for part in Segment)
"""Levels of a segmentation, in words."""
DEPTH_MM = 0.1
"""Of a level of depth."""
_NORMAL = 127.0
"""Levels for a component of 1, about 128."""


def map_features(size: int) -> dict[str, tfds.features.FeatureConnector]:
    """The features of maps of `size` pixels a side."""
    kinds = {
        "segmentation": (1, np.uint8, f"What is seen: {SEGMENTS}."),
        "depth": (
            1,
            np.uint16,
            f"Of the skin along the camera's axis, in {DEPTH_MM:g} mm, 0 without; hair hides none.",
        ),
        "normals": (3, np.uint8, "Of the skin, 128 + 127 n, right, up and to the camera; 0 without; hair hides none."),
    }
    return {
        name: tfds.features.Image(shape=(size, size, depth), dtype=kind, encoding_format="png", doc=doc)
        for name, (depth, kind, doc) in kinds.items()
    }


def encoded_maps(surfaces: Surfaces, face: int) -> dict[str, bytes]:
    """The PNGs of one picture by the names of the features."""
    depth, normals = surfaces.depth[face], surfaces.normals[face]
    levels = np.rint(128.0 + _NORMAL * normals).astype(np.uint8)
    levels[depth == 0.0] = 0
    return {
        "segmentation": _png(surfaces.segments[face]),
        "depth": _png(np.clip(np.rint(depth / DEPTH_MM), 0, 65535).astype(np.uint16)),
        "normals": _png(levels[..., ::-1]),
    }


def _png(levels: Array) -> bytes:
    done, data = cv2.imencode(".png", levels)
    assert done
    return data.tobytes()
