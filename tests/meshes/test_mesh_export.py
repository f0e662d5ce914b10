import io
import json
import os
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

from au_tf.errors import InputError
from au_tf.facs import ACTIONS
from au_tf.meshes.kinds import material, mesh_files
from au_tf.meshes.mesh_export import BlendShapes, Track, to_glb, to_obj, to_ply
from au_tf.morphable import Part
from au_tf.morphable.builtin import builtin_face
from au_tf.rendering.framing import portrait

SHAPES = BlendShapes(("bulge", "hollow"), np.float32([[2.0], [-4.0]]), np.float32([0.5, 0.0]))
TRACK = Track(np.float32([0.0, 0.25, 1.0]), np.float32([[0.0, 0.0], [1.0, 0.5], [0.0, 1.0]]))
BLANK = np.full((64, 64, 3), 128, np.uint8)


def unpack(data):
    """JSON and arrays of a GLB, read by the specification's layout."""
    magic, version, length = struct.unpack("<4sII", data[:12])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack("<I4s", data[12:20])
    header, rest = json.loads(data[20 : 20 + size]), data[20 + size :]
    assert kind == b"JSON"
    binary, kind = struct.unpack("<I4s", rest[:8])
    assert (kind, binary) == (b"BIN\0", len(rest) - 8)
    arrays = []
    for accessor in header["accessors"]:
        view = header["bufferViews"][accessor["bufferView"]]
        width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[accessor["type"]]
        kind = {5126: np.float32, 5125: np.uint32}[accessor["componentType"]]
        assert view["byteOffset"] % 4 == 0
        assert view["byteLength"] == 4 * width * accessor["count"]
        array = np.frombuffer(rest, kind, width * accessor["count"], 8 + view["byteOffset"]).reshape(-1, width)
        for name, extreme in (("min", array.min(0)), ("max", array.max(0))):
            if name in accessor:
                np.testing.assert_array_equal(np.float32(accessor[name]), extreme)
        arrays.append(array)
    return header, arrays


def ellipsoid_normals(positions, depth):
    outward = positions / np.square([0.08, 0.11, depth])
    return outward / np.linalg.norm(outward, axis=1, keepdims=True)


def checkered(size):
    row, column = np.indices((size, size)) // 8
    return np.where((row + column)[..., np.newaxis] % 2, np.uint8([200, 120, 40]), np.uint8([40, 90, 160]))


def cut_out(globe):
    """The ellipsoid with a mouth whose texture lies in a corner: triangles round it would cross the whole texture."""
    mouth = (np.abs(globe.uv - [0.5, 0.3]) < 0.06).all(1)
    parts = np.where(mouth, Part.MOUTH, Part.SKIN).astype(np.uint8)
    uv = np.where(mouth[:, np.newaxis], 0.05 * globe.uv + [0, 0.9], 0.8 * globe.uv + [0.2, 0.0]).astype(np.float32)
    return replace(globe, parts=parts, uv=uv)


def test_glb_read_by_another_library_is_the_face_in_metres(globe, painted):
    face = replace(painted, expression=np.float32([2.0]))
    data = to_glb(globe, face, checkered(128))
    mesh = trimesh.load(io.BytesIO(data), file_type="glb", process=False).geometry["face"]
    np.testing.assert_array_equal(mesh.faces, globe.triangles)
    # Two standard deviations of the expression deepen the ellipsoid from 90 to 100 mm.
    np.testing.assert_allclose(mesh.bounds, [[-0.08, -0.11, -0.1], [0.08, 0.11, 0.1]], atol=1e-6)
    np.testing.assert_allclose(mesh.visual.uv, globe.uv, atol=1e-6)
    assert mesh.visual.material.baseColorTexture.size == (128, 128)
    inside = (np.abs(globe.uv - 0.5) < 0.4).all(1)
    assert (mesh.vertex_normals * ellipsoid_normals(mesh.vertices, 0.1)).sum(1)[inside].min() > 0.999


def test_triangles_keep_to_one_part_of_the_texture(globe, painted):
    data = to_glb(cut_out(globe), painted, BLANK)
    mesh = trimesh.load(io.BytesIO(data), file_type="glb").geometry["face"]
    assert np.ptp(mesh.visual.uv[mesh.faces], axis=1).max() < 0.1
    assert mesh.extents == pytest.approx([0.16, 0.22, 0.18])


def test_blend_shapes_lead_from_the_base_to_the_face(globe, painted):
    face = replace(painted, expression=np.float32([3.0]))
    header, arrays = unpack(to_glb(globe, face, BLANK, SHAPES))
    (mesh,) = header["meshes"]
    (primitive,) = mesh["primitives"]
    assert mesh["extras"]["targetNames"] == ["bulge", "hollow"]
    assert mesh["weights"] == [0.5, 0.0]
    base, normals = (arrays[primitive["attributes"][name]] for name in ("POSITION", "NORMAL"))
    bulge, hollow = primitive["targets"]
    assert {header["accessors"][k]["count"] for target in (bulge, hollow) for k in target.values()} == {len(base)}
    # 90 mm and 5 a standard deviation: 3 of them are shown, of which the bulge's weight is 1.
    np.testing.assert_allclose(np.ptp(base, axis=0), [0.16, 0.22, 0.2], atol=1e-6)
    np.testing.assert_allclose(np.ptp(base + 0.5 * arrays[bulge["POSITION"]], axis=0)[2], 0.21, atol=1e-6)
    inside = (np.abs(globe.uv - 0.5) < 0.4).all(1)
    for target, depth in ((bulge, 0.11), (hollow, 0.08)):
        moved, turned = base + arrays[target["POSITION"]], normals + arrays[target["NORMAL"]]
        np.testing.assert_allclose(np.linalg.norm(turned, axis=1), 1.0, atol=1e-5)
        assert (turned * ellipsoid_normals(moved, depth)).sum(1)[inside].min() > 0.999


def test_track_animates_the_weights(globe, painted):
    header, arrays = unpack(to_glb(globe, painted, BLANK, SHAPES, TRACK))
    (animation,) = header["animations"]
    (channel,), (sampler,) = animation["channels"], animation["samplers"]
    assert channel == {"sampler": 0, "target": {"node": 0, "path": "weights"}}
    assert header["accessors"][sampler["input"]]["max"] == [1.0]
    np.testing.assert_array_equal(arrays[sampler["input"]].ravel(), TRACK.times)
    np.testing.assert_array_equal(arrays[sampler["output"]].reshape(-1, 2), TRACK.weights)


@pytest.fixture(scope="module")
def node():
    """Node.js, where it finds Khronos' validator."""
    path = shutil.which("node")
    if not path or subprocess.run([path, "-e", "require('gltf-validator')"], capture_output=True).returncode:
        pytest.skip("gltf-validator is not here: npm install gltf-validator, and NODE_PATH to its node_modules")
    return path


@pytest.mark.parametrize(("shapes", "track"), [(None, None), (SHAPES, None), (SHAPES, TRACK)])
def test_khronos_validator_finds_nothing(node, globe, painted, shapes, track, tmp_path):
    path = tmp_path / "face.glb"
    path.write_bytes(to_glb(cut_out(globe), painted, checkered(64), shapes, track))
    script = """
        const validator = require('gltf-validator'), data = require('fs').readFileSync(process.argv[1]);
        validator.validateBytes(new Uint8Array(data)).then(report => console.log(JSON.stringify(report.issues)));
    """
    found = json.loads(subprocess.run([node, "-e", script, path], capture_output=True, check=True).stdout)
    # The unwrapped ellipsoid has triangles without area at its poles, which is told as information.
    assert [issue for issue in found["messages"] if issue["code"] != "ACCESSOR_INDEX_TRIANGLE_DEGENERATE"] == []


def test_obj_with_its_material_is_the_face(globe, painted, tmp_path):
    texture = checkered(64)
    shape, beside = to_obj(cut_out(globe), painted, texture, "face-texture")
    for name, content in {"my face.obj": shape, **beside}.items():
        (tmp_path / name).write_bytes(content)
    assert set(beside) == {"face-texture.mtl", "face-texture.png"}
    mesh = trimesh.load(tmp_path / "my face.obj", process=False)
    assert len(mesh.faces) == len(globe.triangles)
    assert mesh.extents == pytest.approx([0.16, 0.22, 0.18])
    assert np.ptp(mesh.visual.uv[mesh.faces], axis=1).max() < 0.1
    np.testing.assert_array_equal(np.asarray(mesh.visual.material.image), texture)
    np.testing.assert_array_equal(mesh.visual.material.diffuse[:3], 255)


def test_all_of_an_obj_is_written_whatever_it_is_called(globe, painted):
    for name in (b"t\xe9 1.obj", b"smile.obj"):
        told = mesh_files(Path(os.fsdecode(name)))
        _, beside = to_obj(cut_out(globe), painted, checkered(64), material(told[0]))
        assert set(beside) == {path.name for path in told[1:]}
    with pytest.raises(InputError, match="material: found a name that trimesh cannot write"):
        to_obj(cut_out(globe), painted, checkered(64), os.fsdecode(b"t\xe9"))


def test_ply_has_the_models_vertices_with_colours(globe, painted):
    # Red grows with u, green with v.
    ramp = np.linspace(0, 255, 256)
    texture = np.stack(np.broadcast_arrays(ramp, ramp[::-1, np.newaxis], 7), -1).astype(np.uint8)
    data = to_ply(globe, painted, texture)
    mesh = trimesh.load(io.BytesIO(data), file_type="ply", process=False)
    np.testing.assert_array_equal(mesh.faces, globe.triangles)
    np.testing.assert_allclose(mesh.vertices, globe.mean_shape * 1e-3, atol=1e-7)
    expected = np.column_stack([255 * globe.uv, np.full(len(globe.uv), 7)])
    assert np.abs(mesh.visual.vertex_colors[:, :3] - expected).max() <= 1
    assert b"property float nx" in data[:500]


def test_action_units_of_a_face_move_their_regions():
    model, regions = builtin_face(), {1: range(17, 27), 12: (48, 54), 26: range(6, 11)}
    sides = np.stack([model.actions[[ACTIONS.index(f"AU{unit}_{side}") for side in "LR"]].sum(0) for unit in regions])
    shapes = BlendShapes(tuple(f"AU{unit}" for unit in regions), sides, np.zeros(len(regions), np.float32))
    header, arrays = unpack(to_glb(model, portrait(model), BLANK, shapes))
    (primitive,) = header["meshes"][0]["primitives"]
    for target, landmarks in zip(primitive["targets"], regions.values(), strict=True):
        far = np.linalg.norm(arrays[target["POSITION"]], axis=1)[: len(model.parts)]
        far[model.parts != Part.SKIN] = 0
        reach = np.linalg.norm(
            model.mean_shape[far.argmax()] - model.mean_shape[model.landmarks[list(landmarks)]], axis=1
        )
        assert far.max() > 3e-3
        assert reach.min() < 20
