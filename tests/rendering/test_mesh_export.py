import io
import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import trimesh

from au_tf.morphable import MorphableModel, Part
from au_tf.rendering import STUDIO, frontal_camera, neutral, portrait, render_face
from au_tf.rendering.colour import to_uint8
from au_tf.rendering.mesh_export import bake_albedo, bake_photo, to_glb

ROWS, COLUMNS = 41, 81


def globe() -> MorphableModel:
    """An ellipsoid with a seam at its back, grey on average; the one albedo coefficient paints smooth patches."""
    v, u = np.meshgrid(np.linspace(0, 1, ROWS), np.linspace(0, 1, COLUMNS), indexing="ij")
    up, around = (v - 0.5) * np.pi, (u - 0.5) * 2 * np.pi
    direction = np.stack([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)], -1).reshape(-1, 3)
    corner = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    a, b, c, d = (q.ravel() for q in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]))
    shape = np.float32(direction * [80, 110, 90])
    patches = np.stack([np.sin(3 * up), np.cos(2 * around), np.sin(around)], -1).reshape(-1, 3)
    return MorphableModel(
        name="globe",
        mean_shape=shape,
        identity_basis=np.zeros((1, len(shape), 3), np.float32),
        expression_basis=np.float32(direction * [0, 0, 5])[np.newaxis],
        mean_albedo=np.full_like(shape, 0.4),
        albedo_basis=np.float32(0.1 * patches)[np.newaxis],
        triangles=np.int32(np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)])),
        landmarks=np.zeros(68, np.int32),
        uv=np.float32(np.stack([u, v], -1).reshape(-1, 2)),
        parts=np.zeros(len(shape), np.uint8),
        mask=np.ones(len(shape), np.float32),
        actions=np.zeros((36, 1), np.float32),
        styles=np.zeros((36, 3, 1), np.float32),
    )


@pytest.fixture(scope="module")
def model():
    return globe()


@pytest.fixture(scope="module")
def painted(model):
    return replace(portrait(model, lighting=STUDIO), albedo=np.float32([1.0]))


def at_vertices(texture, uv):
    size = len(texture)
    row, column = ((1 - uv[:, 1]) * size - 0.5).round(), (uv[:, 0] * size - 0.5).round()
    return texture[row.astype(int).clip(0, size - 1), column.astype(int).clip(0, size - 1)]


def test_glb_read_by_another_library_is_the_face_in_metres(model, painted):
    face = replace(painted, expression=np.float32([2.0]))
    data = to_glb(model, face, bake_albedo(model, face, 128))
    assert struct.unpack("<4sII", data[:12]) == (b"glTF", 2, len(data))
    mesh = trimesh.load(io.BytesIO(data), file_type="glb", process=False).geometry["face"]
    np.testing.assert_array_equal(mesh.faces, model.triangles)
    # Two standard deviations of the expression deepen the ellipsoid from 90 to 100 mm.
    np.testing.assert_allclose(mesh.bounds, [[-0.08, -0.11, -0.1], [0.08, 0.11, 0.1]], atol=1e-6)
    np.testing.assert_allclose(mesh.visual.uv, model.uv, atol=1e-6)
    assert mesh.visual.material.baseColorTexture.size == (128, 128)
    outward = mesh.vertices / np.square([0.08, 0.11, 0.1])
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    inside = (np.abs(model.uv - 0.5) < 0.4).all(1)
    assert (mesh.vertex_normals * outward).sum(1)[inside].min() > 0.999


def test_glb_declares_what_viewers_demand(model, painted):
    data = to_glb(model, painted, bake_albedo(model, painted, 64))
    length = struct.unpack("<I", data[12:16])[0]
    header = json.loads(data[20 : 20 + length])
    (primitive,) = header["meshes"][0]["primitives"]
    assert {"POSITION", "NORMAL", "TEXCOORD_0"} <= set(primitive["attributes"])
    material = header["materials"][primitive["material"]]["pbrMetallicRoughness"]
    assert material["metallicFactor"] == 0
    position = header["accessors"][primitive["attributes"]["POSITION"]]
    assert position["count"] == len(model.mean_shape)
    assert "min" in position
    assert "max" in position
    assert header["images"][0]["mimeType"] == "image/png"


def test_baked_albedo_stands_at_the_texture_coordinates(model, painted):
    texture = bake_albedo(model, painted, 512)
    expected = to_uint8(model.mean_albedo + model.albedo_basis[0])
    assert np.abs(at_vertices(texture, model.uv).astype(int) - expected).max() <= 3


def test_triangles_between_parts_stay_out_of_the_way(model, painted):
    # A mouth whose texture lies in a corner: the triangles round it would cross the whole texture.
    mouth = (np.abs(model.uv - [0.5, 0.3]) < 0.06).all(1)
    parts = np.where(mouth, Part.MOUTH, Part.SKIN).astype(np.uint8)
    uv = np.where(mouth[:, np.newaxis], 0.05 * model.uv + [0, 0.9], 0.8 * model.uv + [0.2, 0.0]).astype(np.float32)
    cut = replace(model, parts=parts, uv=uv)
    texture = at_vertices(bake_albedo(cut, painted, 1024), uv)
    expected = to_uint8(model.mean_albedo + model.albedo_basis[0])
    inside = (np.abs(model.uv - 0.5) < 0.45).all(1)
    assert np.abs(texture.astype(int) - expected)[inside].max() <= 3
    mesh = trimesh.load(io.BytesIO(to_glb(cut, painted, np.zeros((64, 64, 3), np.uint8))), file_type="glb")
    corners = mesh.geometry["face"].visual.uv[mesh.geometry["face"].faces]
    assert np.ptp(corners, axis=1).max() < 0.1
    assert mesh.extents == pytest.approx([0.16, 0.22, 0.18])


def test_photo_gives_back_the_albedo_it_was_made_with(model, painted):
    camera = frontal_camera(256)
    photo = render_face(model, painted, camera)
    unpainted = replace(painted, albedo=neutral(model).albedo)
    texture = at_vertices(bake_photo(model, unpainted, camera, photo, 256), model.uv)
    grey, truth = (
        at_vertices(bake_albedo(model, unpainted, 256), model.uv),
        to_uint8(model.mean_albedo + model.albedo_basis[0]),
    )
    # The front faces the camera by construction, the back cannot be seen.
    direction = model.mean_shape / np.linalg.norm(model.mean_shape, axis=1, keepdims=True)
    front, back = direction[:, 2] > 0.9, direction[:, 2] < -0.1
    assert np.abs(texture[front].astype(int) - truth[front]).max() <= 6
    np.testing.assert_array_equal(texture[back], grey[back])
