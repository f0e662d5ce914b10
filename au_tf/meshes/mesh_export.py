"""A fitted face as a textured mesh: GLB with blend shapes and animation, OBJ, PLY; all in metres and unposed."""

import io
from typing import TYPE_CHECKING, Any, NamedTuple

import lazy_loader
import numpy as np
from PIL import Image

from au_tf.arrays import Float32, Pixels
from au_tf.errors import InputError
from au_tf.meshes.gltf import INDICES, VERTICES, GltfBuffer
from au_tf.meshes.texture import Surface, textured_surface
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.pictures.provenance.statement import Statement
from au_tf.rendering.native.normals import vertex_normals

if TYPE_CHECKING:
    import trimesh
else:
    trimesh = lazy_loader.load("trimesh")

METRES = 1e-3
"""Metres a millimetre; glTF's unit is the metre, and its +x, +y and +z are those of the model."""

_ROUGHNESS = 0.6
_FORWARD = (0.0, 0.0, 1.0)
_WHITE, _BLACK = (255, 255, 255, 255), (0, 0, 0, 255)
# Numbers that glTF takes from OpenGL.
_LINEAR, _LINEAR_MIPMAP_LINEAR, _CLAMP_TO_EDGE = 9729, 9987, 33071


class BlendShapes(NamedTuple):
    """Movements that viewers mix: morph targets in glTF, shape keys in Blender."""

    names: tuple[str, ...]
    """K of them."""
    expressions: Float32
    """float32[K, E], what each adds to the expression at weight 1, standard deviations."""
    weights: Float32
    """float32[K] in [0, 1], at which the face is the one given."""


class Track(NamedTuple):
    """Weights of blend shapes in the course of time."""

    times: Float32
    """float32[N], seconds from 0, ascending."""
    weights: Float32
    """float32[N, K] in [0, 1]; between two times they change evenly."""


def to_glb(
    model: MorphableModel,
    coefficients: Coefficients,
    texture: Pixels,
    shapes: BlendShapes | None = None,
    track: Track | None = None,
    statement: Statement | None = None,
) -> bytes:
    """Packs a face into a GLB: positions, normals, texture coordinates, one texture, blend shapes and their animation.

    Args:
      model: the face model.
      coefficients: of one face, without batch axes; pose and lighting are not used.
      texture: uint8[S, S, 3], sRGB, over the model's texture coordinates with row 0 at v = 1.
      shapes: what a viewer may mix; at their own weights the mesh shows the face of `coefficients`.
      track: an animation of the weights of `shapes`.
      statement: what it says of itself, if it is synthetic.

    Returns:
      The content of the file.
    """
    surface, buffer = textured_surface(model), GltfBuffer()
    offsets = _offsets(model, shapes)
    weights = np.zeros(0, np.float32) if shapes is None else shapes.weights
    base = _vertices(model, coefficients) - np.tensordot(weights, offsets, 1)
    primitive = _primitive(buffer, surface, model, base)
    mesh: dict[str, Any] = {"name": "face", "primitives": [primitive]}
    content: dict[str, Any] = {
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "face", "mesh": 0}],
        "meshes": [mesh],
        **_material(buffer, texture),
    }
    if shapes is not None:
        primitive["targets"] = [_target(buffer, surface, model, base, offset) for offset in offsets]
        mesh |= {"weights": weights.tolist(), "extras": {"targetNames": list(shapes.names)}}
    if track is not None:
        content["animations"] = [_animation(buffer, track)]
    return buffer.glb(content, statement)


def to_trimesh(
    model: MorphableModel, coefficients: Coefficients, texture: Pixels, name: str = "face"
) -> "trimesh.Trimesh":
    """A face as trimesh has it, with normals and one texture; arguments as for `to_glb`, and the material's name."""
    surface, vertices = textured_surface(model), _vertices(model, coefficients)
    material = trimesh.visual.material.SimpleMaterial(
        Image.fromarray(texture), diffuse=_WHITE, ambient=_WHITE, specular=_BLACK, glossiness=0.0, name=name
    )
    return trimesh.Trimesh(
        vertices=vertices[surface.origin] * METRES,
        faces=surface.triangles,
        vertex_normals=_normals(model, vertices)[surface.origin],
        visual=trimesh.visual.TextureVisuals(uv=surface.uv, material=material),
        process=False,
    )


def to_obj(
    model: MorphableModel, coefficients: Coefficients, texture: Pixels, name: str
) -> tuple[bytes, dict[str, bytes]]:
    """A face as Wavefront OBJ with normals.

    Args:
      model: the face model.
      coefficients: as for `to_glb`.
      texture: as for `to_glb`.
      name: of the material, without white space, at which readers would split it.

    Returns:
      The content of the file, and of `{name}.mtl` and `{name}.png`, which have to lie beside it.
    """
    mesh = to_trimesh(model, coefficients, texture, name)
    text, beside = trimesh.exchange.obj.export_obj(
        mesh, include_normals=True, return_texture=True, mtl_name=f"{name}.mtl", header=None
    )
    # trimesh goes on without a material that it cannot write.
    if set(beside) != {f"{name}.mtl", f"{name}.png"}:
        raise InputError(name, "material", "a name that trimesh cannot write", "a name in UTF-8")
    return text.encode(), beside


def to_ply(model: MorphableModel, coefficients: Coefficients, texture: Pixels) -> bytes:
    """A face as binary PLY: the model's own vertices in their order, with normals and colours.

    Args:
      model: the face model.
      coefficients: as for `to_glb`.
      texture: as for `to_glb`.

    Returns:
      The content of the file.
    """
    vertices = _vertices(model, coefficients)
    colours = trimesh.visual.color.uv_to_color(model.uv, Image.fromarray(texture))
    mesh = trimesh.Trimesh(
        vertices=vertices * METRES,
        faces=model.triangles,
        vertex_normals=_normals(model, vertices),
        vertex_colors=colours,
        process=False,
    )
    return bytes(trimesh.exchange.ply.export_ply(mesh, vertex_normal=True))


def _vertices(model: MorphableModel, coefficients: Coefficients) -> Float32:
    return model.shape(coefficients.identity, coefficients.expression)


def _normals(model: MorphableModel, vertices: Float32) -> Float32:
    """Unit normals, also where only triangles without area meet: glTF knows no others."""
    normals = vertex_normals(vertices, model.triangles)
    normals[np.linalg.norm(normals, axis=1) < 0.5] = _FORWARD
    return normals


def _offsets(model: MorphableModel, shapes: BlendShapes | None) -> Float32:
    """How each blend shape moves the vertices, float32[K, V, 3], mm."""
    size = len(model.expression_basis)
    expressions = np.zeros((0, size), np.float32) if shapes is None else shapes.expressions
    return model.shapes.change(np.zeros(len(model.identity_basis)), expressions)


def _primitive(buffer: GltfBuffer, surface: Surface, model: MorphableModel, base: Float32) -> dict[str, Any]:
    # In glTF v grows downwards.
    uv = surface.uv * np.array([1, -1], np.float32) + np.array([0, 1], np.float32)
    return {
        "attributes": {
            "POSITION": buffer.array((base * np.float32(METRES))[surface.origin], VERTICES, limits=True),
            "NORMAL": buffer.array(_normals(model, base)[surface.origin], VERTICES),
            "TEXCOORD_0": buffer.array(uv, VERTICES),
        },
        "indices": buffer.array(surface.triangles.astype(np.uint32).ravel(), INDICES),
        "material": 0,
    }


def _target(
    buffer: GltfBuffer, surface: Surface, model: MorphableModel, base: Float32, offset: Float32
) -> dict[str, int]:
    """A morph target: what it adds to positions and normals."""
    turned = _normals(model, base + offset) - _normals(model, base)
    return {
        "POSITION": buffer.array((offset * np.float32(METRES))[surface.origin], VERTICES, limits=True),
        "NORMAL": buffer.array(turned[surface.origin], VERTICES),
    }


def _material(buffer: GltfBuffer, texture: Pixels) -> dict[str, Any]:
    look = {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": _ROUGHNESS}
    filters = {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR}
    return {
        "materials": [{"name": "face", "pbrMetallicRoughness": look}],
        "textures": [{"sampler": 0, "source": 0}],
        "samplers": [filters | {"wrapS": _CLAMP_TO_EDGE, "wrapT": _CLAMP_TO_EDGE}],
        "images": [{"name": "face", "mimeType": "image/png", "bufferView": buffer.view(_png(texture))}],
    }


def _animation(buffer: GltfBuffer, track: Track) -> dict[str, Any]:
    times = buffer.array(track.times, limits=True)
    weights = buffer.array(track.weights.ravel())
    return {
        "name": "expression",
        "samplers": [{"input": times, "output": weights, "interpolation": "LINEAR"}],
        "channels": [{"sampler": 0, "target": {"node": 0, "path": "weights"}}],
    }


def _png(texture: Pixels) -> bytes:
    whole = io.BytesIO()
    Image.fromarray(texture).save(whole, "PNG")
    return whole.getvalue()
