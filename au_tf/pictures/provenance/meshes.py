"""Where a statement lies in meshes: in GLB as Khronos' extension KHR_xmp_json_ld, in OBJ and PLY as a comment."""

import hashlib
import json
import struct
from typing import Any

from au_tf.pictures.provenance.pieces import DamagedError
from au_tf.pictures.provenance.statement import SPACES, Read, Statement, read_packet, read_properties

_EXTENSION = "KHR_xmp_json_ld"
_COMMENTS = {b"ply": b"comment XMP ", b"obj": b"# XMP "}
_PLY_END = b"end_header\n"


def stated_gltf(content: dict[str, Any], data: bytes | bytearray, statement: Statement) -> dict[str, Any]:
    """The JSON of a GLB with a statement, which speaks of it and of its binary part."""
    told = {"@context": SPACES, "@id": "", **statement.properties(_gltf_digest(content, data))}
    return content | {
        "asset": content["asset"] | {"extensions": {_EXTENSION: {"packet": 0}}},
        "extensions": {_EXTENSION: {"packets": [told]}},
        "extensionsUsed": [_EXTENSION],
    }


def read_glb(data: bytes) -> tuple[Read | None, str]:
    """What a GLB says of itself, and the digest of its content.

    Raises:
      DamagedError: if it is not whole.
    """
    try:
        size, kind = struct.unpack_from("<I4s", data, 12)
        content = json.loads(data[20 : 20 + size])
        packets = content.get("extensions", {}).get(_EXTENSION, {}).get("packets", [])
        found = read_properties({k: v for k, v in packets[0].items() if k != "@context"}) if packets else None
        plain = {name: value for name, value in content.items() if name not in ("extensions", "extensionsUsed")}
        plain["asset"] = {name: value for name, value in content["asset"].items() if name != "extensions"}
    except (struct.error, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise DamagedError(f"a mesh that is not whole ({error})") from error
    if kind != b"JSON" or len(data) != int.from_bytes(data[8:12], "little"):
        raise DamagedError("a mesh that is not whole")
    return found, _gltf_digest(plain, data[28 + size :])


def _gltf_digest(content: dict[str, Any], data: bytes | bytearray) -> str:
    digest = hashlib.sha256(json.dumps(content, separators=(",", ":"), sort_keys=True).encode())
    digest.update(data)
    return digest.hexdigest()


def stated_text(data: bytes, statement: Statement) -> bytes:
    """An OBJ or PLY with a statement."""
    comment = _comment(data)
    line = comment + statement.packet(hashlib.sha256(data).hexdigest()) + b"\n"
    # A PLY's first two lines are what it is.
    place = data.index(b"\n", data.index(b"\n") + 1) + 1 if comment == _COMMENTS[b"ply"] else 0
    return data[:place] + line + data[place:]


def read_text(data: bytes) -> tuple[Read | None, str]:
    """What an OBJ or PLY says of itself, and the digest of its content."""
    comment = _comment(data)
    head = data[: data.find(_PLY_END)] if comment == _COMMENTS[b"ply"] else data
    first = 0 if head.startswith(comment) else head.find(b"\n" + comment) + 1
    if not first and not head.startswith(comment):
        return None, ""
    stop = data.find(b"\n", first) + 1 or len(data)
    found = read_packet(data[first + len(comment) : stop])
    return found, hashlib.sha256(data[:first] + data[stop:]).hexdigest()


def _comment(data: bytes) -> bytes:
    return _COMMENTS[b"ply" if data[:3] == b"ply" else b"obj"]
