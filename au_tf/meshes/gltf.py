"""Arrays and pictures into one file of binary glTF 2.0 (Khronos' specification, sections 3.6 and 4)."""

import json
import struct
from typing import Any

import numpy as np

from au_tf.arrays import Array
from au_tf.pictures.provenance.meshes import stated_gltf
from au_tf.pictures.provenance.statement import Statement

VERTICES, INDICES = 34962, 34963
"""Targets of buffer views (ARRAY_BUFFER and ELEMENT_ARRAY_BUFFER)."""
_KINDS = {"float32": 5126, "uint32": 5125}
_SHAPES = {(): "SCALAR", (2,): "VEC2", (3,): "VEC3"}
_ALIGNMENT = 4


class GltfBuffer:
    """The binary part of a GLB, and the JSON that tells what lies where in it."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        """Appends bytes, such as a picture; returns the number of their buffer view."""
        view = {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data)}
        self._views.append(view if target is None else view | {"target": target})
        self._data += data + bytes(-len(data) % _ALIGNMENT)
        return len(self._views) - 1

    def array(self, values: Array, target: int | None = None, limits: bool = False) -> int:
        """Appends an array.

        Args:
          values: float32 or uint32, [N], [N, 2] or [N, 3].
          target: `VERTICES`, `INDICES` or, for what is neither, None.
          limits: whether to tell the least and the greatest values; glTF demands it of positions and times.

        Returns:
          The number of its accessor.
        """
        accessor = {
            "bufferView": self.view(np.ascontiguousarray(values).tobytes(), target),
            "componentType": _KINDS[values.dtype.name],
            "count": len(values),
            "type": _SHAPES[values.shape[1:]],
        }
        if limits:
            for name, extreme in (("min", values.min(0)), ("max", values.max(0))):
                accessor[name] = np.atleast_1d(extreme).tolist()
        self._accessors.append(accessor)
        return len(self._accessors) - 1

    def glb(self, content: dict[str, Any], statement: Statement | None = None) -> bytes:
        """The whole file, with the scene, meshes and so on that `content` describes, and what it says of itself."""
        layout = {
            "asset": {"version": "2.0", "generator": "au_tf"},
            "buffers": [{"byteLength": len(self._data)}],
            "bufferViews": self._views,
            "accessors": self._accessors,
        }
        whole = layout | content
        stated = stated_gltf(whole, self._data, statement) if statement else whole
        text = json.dumps(stated, separators=(",", ":")).encode()
        text += b" " * (-len(text) % _ALIGNMENT)
        parts = ((text, b"JSON"), (self._data, b"BIN\0"))
        body = b"".join(struct.pack("<I4s", len(part), kind) + part for part, kind in parts)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
