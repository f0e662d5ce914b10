"""ICT-FaceKit: the model itself where it is given, small folders of its layout, damaged ones."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS, UNITS
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.formats import ict_files
from au_tf.morphable.formats.ict import DEVIATION, read_ict_facekit
from au_tf.morphable.formats.ict_actions import SHAPES

SYMMETRIC = (
    "jawOpen",
    "mouthClose",
    "mouthPucker",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
)
STEMS = {name.partition("_")[0] for shapes in SHAPES.values() for name in shapes}
NAMES = sorted(STEMS & set(SYMMETRIC) | {f"{stem}_{side}" for stem in STEMS - set(SYMMETRIC) for side in "LR"})
MATERIALS = ("M_Face", "M_BackHead", "M_GumsTongue", "M_Teeth", "M_ScleraLeft", "M_IrisLeft", "M_EyeLashes")


def small_vertices(name: str) -> np.ndarray:
    """float[28, 3] of one file, centimetres: four vertices for each material."""
    return np.random.default_rng(list(name.encode())).normal(0, 5, (4 * len(MATERIALS), 3)).round(4)


def obj_text(name: str) -> str:
    """The layout of ICT-FaceKit's files: comments, vertices, texture coordinates, quads and triangles by material."""
    lines = ["# ICT FaceKit", "mtllib ICTFaceModelMaterial.mtl"]
    lines += [f"v {x:f} {y:f} {z:f}" for x, y, z in small_vertices(name)]
    lines += [f"vt {0.01 * k:f} {1 - 0.01 * k:f}" for k in range(4 * len(MATERIALS))]
    for k, material in enumerate(MATERIALS):
        a, b, c, d = range(4 * k + 1, 4 * k + 5)
        lines += [f"usemtl {material}", f"f {a}/{a} {b}/{b} {c}/{c} {d}/{d}", f"f {a}/{a} {c}/{c} {b}/{b}"]
    return "\n".join(lines) + "\n"


def write_folder(folder: Path, identities: int = 100) -> Path:
    folder.mkdir()
    for name in ("generic_neutral_mesh", *(f"identity{k:03}" for k in range(identities)), *NAMES):
        (folder / f"{name}.obj").write_text(obj_text(name))
    indices = {"expressions": NAMES, "idx_to_landmark_verts": [k % 28 for k in range(68)], "incompatibilities": []}
    (folder / "vertex_indices.json").write_text(json.dumps(indices))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "FaceXModel")


def test_mean_plus_basis_times_coefficients_in_millimetres(folder: Path) -> None:
    face = read_ict_facekit(folder)
    face.check(folder)
    rng = np.random.default_rng(0)
    identity, expression = rng.normal(size=100), rng.normal(size=len(NAMES))
    own = face.mean_shape + np.tensordot(identity, face.identity_basis, 1)
    own += np.tensordot(expression, face.expression_basis, 1)
    neutral = small_vertices("generic_neutral_mesh")
    shape = neutral.copy()
    for weight, name in zip(identity, (f"identity{k:03}" for k in range(100)), strict=True):
        shape += weight * (small_vertices(name) - neutral)
    for weight, name in zip(expression, NAMES, strict=True):
        shape += weight * DEVIATION * (small_vertices(name) - neutral)
    np.testing.assert_allclose(own, 10 * shape, atol=2e-3)


def test_quads_become_triangles_and_the_transparent_none(folder: Path) -> None:
    face = read_ict_facekit(folder)
    expected = []
    for first in (0, 4, 8, 12):
        a, b, c, d = range(first, first + 4)
        expected += [(a, b, c), (a, c, d), (a, c, b)]
    assert list(map(tuple, face.triangles))[:12] == expected
    # Of the eyeball, the fifth material, only the front.
    assert set(face.triangles[12:].ravel()) <= set(range(16, 20))
    parts = [Part.SKIN, Part.SKIN, Part.MOUTH, Part.TEETH, Part.EYE, Part.EYE, Part.EYE]
    np.testing.assert_array_equal(face.parts, np.repeat(parts, 4))


def test_both_sides_of_an_action_are_the_whole_shapes(folder: Path) -> None:
    face = read_ict_facekit(folder)
    assert face.actions is not None
    for unit in set(UNITS) - {61, 62}:
        left, right = (DEVIATION * face.actions[ACTIONS.index(f"AU{unit}_{side}")] for side in "LR")
        for stem, amount in SHAPES[unit].items():
            if stem in SYMMETRIC:
                k = NAMES.index(stem)
                assert left[k] == right[k] == pytest.approx(amount / 2)
            else:
                assert left[NAMES.index(f"{stem}_L")] == right[NAMES.index(f"{stem}_R")] == pytest.approx(amount)
                assert left[NAMES.index(f"{stem}_R")] == right[NAMES.index(f"{stem}_L")] == 0
        assert np.count_nonzero(left) == np.count_nonzero(right) == len(SHAPES[unit])


def test_eyes_look_to_one_side_by_different_shapes(folder: Path) -> None:
    face = read_ict_facekit(folder)
    assert face.actions is not None
    for side, stem in (("L", "eyeLookOut"), ("R", "eyeLookIn")):
        (at,) = np.flatnonzero(face.actions[ACTIONS.index(f"AU61_{side}")])
        assert NAMES[at] == f"{stem}_{side}"


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Replaces a text in a file of a folder."""

    def damage(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return damage


def indices(**changes: object) -> Callable[[Path], None]:
    """Replaces entries of vertex_indices.json."""

    def damage(folder: Path) -> None:
        path = folder / "vertex_indices.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return damage


NEUTRAL, INDICES = "generic_neutral_mesh.obj", "vertex_indices.json"
DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no neutral mesh": (lambda f: (f / NEUTRAL).unlink(), rf"{NEUTRAL}: file"),
    "no indices": (lambda f: (f / INDICES).unlink(), rf"{INDICES}: file"),
    "an identity missing": (lambda f: (f / "identity057.obj").unlink(), r"identity057\.obj: file"),
    "the last identity missing": (lambda f: (f / "identity099.obj").unlink(), r"identity099\.obj: file"),
    "an expression missing": (lambda f: (f / "jawOpen.obj").unlink(), r"jawOpen\.obj: file"),
    "a folder for a file": (lambda f: ((f / NEUTRAL).unlink(), (f / NEUTRAL).mkdir()), rf"{NEUTRAL}: file"),
    "an empty mesh": (lambda f: (f / NEUTRAL).write_text(""), rf"{NEUTRAL}: polygons"),
    "no vertices": (lambda f: (f / "jawOpen.obj").write_text("# nothing\n"), r"jawOpen\.obj: vertices: found 0"),
    "a vertex less": (lambda f: replaced("jawOpen.obj", "\nv ", "\n# ")(f), r"jawOpen\.obj: vertices: found 27"),
    "a word for a number": (replaced("identity003.obj", "v ", "v much "), r"identity003\.obj: \"v\" lines: .*much"),
    "two numbers": (replaced(NEUTRAL, "vt 0.010000", "v 1 2\nvt 0.010000"), r"\"v\" lines: .*v 1 2"),
    "not a number": (replaced("identity003.obj", "v ", "v nan "), r"identity003\.obj: .*not finite"),
    "a huge number": (replaced("identity003.obj", "v ", "v 1e300 "), r"FaceXModel: identity_basis"),
    "an index past the end": (replaced(NEUTRAL, "f 1/", "f 29/"), r"vertex of a polygon: found 29"),
    "index 0": (replaced(NEUTRAL, "f 1/", "f 0/"), r"vertex of a polygon: found 0"),
    "a negative index": (replaced(NEUTRAL, "f 1/", "f -1/"), r"vertex of a polygon: found -1"),
    "an index of 99 digits": (replaced(NEUTRAL, "f 1/", "f " + 99 * "9" + "/"), "vertex of a polygon"),
    "a texture index past the end": (
        replaced(NEUTRAL, "f 1/1", "f 1/99"),
        r"texture coordinate of a polygon: found 99",
    ),
    "a polygon of words": (replaced(NEUTRAL, "f 1/1", "f a/b"), r"polygon: found 'f a/b"),
    "a polygon of two": (replaced(NEUTRAL, "f 1/1 3/3 2/2", "f 1/1 3/3"), "three corners"),
    "another material": (replaced(NEUTRAL, "M_Teeth", "M_Wood"), "material: found 'M_Wood'"),
    "no face": (replaced(NEUTRAL, "M_Face", "M_Teeth"), "no M_Face"),
    "no JSON": (lambda f: (f / INDICES).write_text("{"), "not JSON"),
    "JSON without end": (lambda f: (f / INDICES).write_text("[" * 100_000), "not JSON"),
    "other JSON": (lambda f: (f / INDICES).write_text("[1]"), "idx_to_landmark_verts: found nothing"),
    "67 landmarks": (indices(idx_to_landmark_verts=[0] * 67), "a list of 67"),
    "landmarks in words": (indices(idx_to_landmark_verts=["a"] * 68), "idx_to_landmark_verts"),
    "a landmark past the end": (indices(idx_to_landmark_verts=[0] * 67 + [28]), "found 28"),
    "a landmark of 400 digits": (indices(idx_to_landmark_verts=[0] * 67 + [10**400]), "far too large"),
    "no expressions": (indices(expressions=None), "expressions: found nothing"),
    "a name that leaves the folder": (indices(expressions=[*NAMES, "../../jawOpen"]), "expressions"),
    "a name twice": (indices(expressions=[*NAMES, "jawOpen"]), "a name twice"),
    "a shape that an action needs": (indices(expressions=[n for n in NAMES if n != "mouthSmile_L"]), "no mouthSmile_L"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_in_one_line_with_the_file(folder: Path, damage: str) -> None:
    apply, expected = DAMAGES[damage]
    apply(folder)
    with pytest.raises(InputError, match=expected) as error:
        read_ict_facekit(folder)
    assert str(error.value).isprintable() and "FaceXModel" in str(error.value)


def test_random_damage_is_read_or_refused(tmp_path: Path, fuzz: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ict_files, "IDENTITIES", 2)
    folder = write_folder(tmp_path / "FaceXModel", identities=2)
    victims = [folder / name for name in (NEUTRAL, NEUTRAL, INDICES, "identity001.obj", "jawOpen.obj")]
    fate = fuzz(read_ict_facekit, folder, *victims)
    assert fate["read"] > 20 and fate["refused"] > 100, fate


def plain_vertices(path: Path) -> np.ndarray:
    """An OBJ file's vertices by nothing but Python's own split and float."""
    with open(path) as file:
        return np.array([[float(word) for word in line.split()[1:4]] for line in file if line.startswith("v ")])


def test_the_published_model_has_its_published_size(ict_model: MorphableModel) -> None:
    assert ict_model.mean_shape.shape == (26719, 3)
    assert len(ict_model.identity_basis) == 100 and len(ict_model.expression_basis) == 53
    # The ranges of vertices in the published README: mouth socket, gums and tongue, teeth, all of the eyes.
    expected = np.zeros(26719, np.uint8)
    expected[11248:13294], expected[14062:17039] = Part.MOUTH, Part.MOUTH
    expected[17039:21451], expected[21451:] = Part.TEETH, Part.EYE
    np.testing.assert_array_equal(ict_model.parts, expected)
    # Neither the irises inside the eyeballs, nor the eyeballs' backs, nor the transparent layers before them.
    drawn = np.unique(ict_model.triangles)
    np.testing.assert_array_equal(drawn[drawn < 21451], np.arange(21451))
    for shell in (slice(21451, 22221), slice(23021, 23791)):
        own = drawn[(drawn >= shell.start) & (drawn < shell.stop)]
        depth = ict_model.mean_shape[shell, 2]
        assert ict_model.mean_shape[own, 2].min() > depth.min() + 4.0
        assert np.isin(shell.start + np.flatnonzero(depth > depth.mean()), own).all()
        drawn = np.setdiff1d(drawn, own)
    assert len(drawn) == 21451


@pytest.mark.parametrize("name", ["identity000", "identity063", "identity099", "browDown_L", "mouthStretch_R"])
def test_each_shape_is_its_file_minus_the_neutral_one(ict_model: MorphableModel, ict_facekit: Path, name: str) -> None:
    neutral = plain_vertices(ict_facekit / NEUTRAL)
    offset = 10 * (plain_vertices(ict_facekit / f"{name}.obj") - neutral)
    if name.startswith("identity"):
        own = ict_model.identity_basis[int(name[-3:])]
    else:
        names = json.loads((ict_facekit / INDICES).read_text())["expressions"]
        own = ict_model.expression_basis[names.index(name)] / DEVIATION
    np.testing.assert_allclose(own, offset, atol=1e-4)


def points(face: MorphableModel, first: int, last: int, shape: np.ndarray | None = None) -> np.ndarray:
    """Places of landmarks first..last, numbered from 0 as in iBUG 300-W, float[n, 3]."""
    return (face.mean_shape if shape is None else shape)[face.landmarks[first : last + 1]]


def test_the_landmarks_lie_on_eyes_nose_and_mouth(ict_model: MorphableModel) -> None:
    at, y_down = lambda *which: points(ict_model, *which), -1
    # Right and left eye: each box of six landmarks holds the front of that eyeball's shell, and lies within it.
    for first, shell in ((36, slice(23021, 23791)), (42, slice(21451, 22221))):
        ball, lids = ict_model.mean_shape[shell], at(first, first + 5)
        apex = ball[ball[:, 2].argmax(), :2]
        assert (lids[:, :2].min(0) < apex).all() and (apex < lids[:, :2].max(0)).all()
        assert (np.abs(lids[:, :2] - ball[:, :2].mean(0)) < 15).all()
    # Between the pupils are 63 mm in the mean of people.
    apexes = [
        ict_model.mean_shape[s][ict_model.mean_shape[s][:, 2].argmax(), 0]
        for s in (slice(23021, 23791), slice(21451, 22221))
    ]
    assert 60 < apexes[1] - apexes[0] < 68
    # The tip of the nose is the foremost point of the whole face.
    assert abs(ict_model.mean_shape[:, 2].max() - at(30, 30)[0, 2]) < 0.5
    # Inner lips frame the mouth: teeth lie behind them, within their width.
    teeth = ict_model.mean_shape[17039:21451]
    assert at(60, 67)[:, 2].min() > np.median(teeth[:, 2]) and at(60, 60)[0, 0] < -15 < 15 < at(64, 64)[0, 0]
    assert teeth[:, 1].min() < at(60, 67)[:, 1].mean() < teeth[:, 1].max()
    # Along the jaw from the right ear by the chin to the left; brows above eyes, eyes above nose, nose above mouth.
    assert (np.diff(at(0, 16)[:, 0]) > 0).all() and at(8, 8)[0, 1] == at(0, 16)[:, 1].min()
    heights = [at(*w)[:, 1].mean() for w in ((17, 26), (36, 47), (31, 35), (48, 67), (6, 10))]
    assert (np.diff(heights) * y_down > 10).all()
    # Left and right mirror each other.
    mirror = [*range(16, -1, -1), *range(26, 16, -1), *range(27, 31), *range(35, 30, -1), 45, 44, 43, 42, 47, 46]
    mirrored = at(0, 67)[mirror] * [-1, 1, 1]
    np.testing.assert_allclose(mirrored, at(0, 67)[: len(mirror)], atol=1.0)


def acted(face: MorphableModel, *actions: str) -> np.ndarray:
    """The mean face with actions at intensity 5."""
    coefficients = sum(face.actions[ACTIONS.index(action)] for action in actions)
    return face.mean_shape + np.tensordot(coefficients, face.expression_basis, 1)


# What a FACS coder looks for: landmarks that move by these mm at least, up (+y), out (away from the nose) or forward.
SIGNS: dict[int, list[tuple[tuple[int, ...], str, float]]] = {
    1: [((20, 21, 22, 23), "up", 3.0)],
    2: [((17, 18, 25, 26), "up", 3.0)],
    4: [((20, 21, 22, 23), "down", 2.0), ((21, 22), "in", 2.0)],
    5: [((37, 38, 43, 44), "up", 2.0)],
    6: [((40, 41, 46, 47), "up", 1.5)],
    9: [((31, 35), "up", 2.0), ((50, 52), "up", 1.0), ((21, 22), "down", 0.5)],
    12: [((48, 54), "up", 6.0), ((48, 54), "out", 5.0), ((48, 54), "back", 5.0)],
    15: [((48, 54), "down", 4.0)],
    17: [((57,), "up", 4.0)],
    20: [((48, 54), "out", 5.0)],
    25: [((65, 66, 67), "down", 2.0), ((61, 62, 63), "up", 0.5)],
    26: [((7, 8, 9), "down", 8.0), ((65, 66, 67), "down", 8.0)],
}


@pytest.mark.parametrize("unit", SIGNS)
def test_each_action_unit_at_5_does_what_facs_says(ict_model: MorphableModel, unit: int) -> None:
    rest, moved = points(ict_model, 0, 67), points(ict_model, 0, 67, acted(ict_model, f"AU{unit}_L", f"AU{unit}_R"))
    side = np.sign(rest[:, 0])
    change = moved - rest
    ways = {"up": change[:, 1], "out": change[:, 0] * side, "back": -change[:, 2]}
    ways |= {"down": -ways["up"], "in": -ways["out"]}
    for landmarks, way, least in SIGNS[unit]:
        assert (ways[way][list(landmarks)] > least).all(), (way, ways[way][list(landmarks)])


@pytest.mark.parametrize("unit", [1, 2, 4, 5, 6])
def test_actions_of_the_upper_face_leave_the_mouth(ict_model: MorphableModel, unit: int) -> None:
    change = points(ict_model, 48, 67, acted(ict_model, f"AU{unit}_L", f"AU{unit}_R")) - points(ict_model, 48, 67)
    # Cheeks that rise take the corners of the mouth a little with them.
    assert np.abs(change).max() < (2.0 if unit == 6 else 0.5)


@pytest.mark.parametrize("unit", [u for u in SIGNS if u not in (17, 26)])
def test_one_side_acts_alone(ict_model: MorphableModel, unit: int) -> None:
    moved = np.linalg.norm(acted(ict_model, f"AU{unit}_L") - ict_model.mean_shape, axis=1)
    far = ict_model.mean_shape[:, 0] < -20
    assert moved[far].max() < 0.3 * moved.max()


@pytest.mark.parametrize("unit", [1, 2, 4, 6, 9, 12, 15, 17, 20])
def test_lids_and_lips_do_not_cross(ict_model: MorphableModel, unit: int) -> None:
    moved = points(ict_model, 0, 67, acted(ict_model, f"AU{unit}_L", f"AU{unit}_R"))
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        assert moved[upper, 1] - moved[lower, 1] > 2.0
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        assert moved[upper, 1] - moved[lower, 1] > -2.5


def test_the_skin_has_texture_coordinates_without_a_seam(ict_model: MorphableModel) -> None:
    skin = ict_model.triangles[(ict_model.parts[ict_model.triangles] == Part.SKIN).all(1)]
    a, b, c = np.moveaxis(ict_model.uv[skin].astype(np.float64), 1, 0)
    face = (skin < 9409).all(1)
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (turned[face] > 0).all()
    middle = ict_model.uv[:9409].mean(0)
    inside = np.abs(ict_model.uv[:9409] - middle).max(0).min()
    # Nothing else of the skin, its eye sockets aside, lies over the face's inner part or reaches across it.
    rest = skin[~face & (skin < 11248).all(1)]
    assert (np.abs(ict_model.uv[rest].mean(1) - middle).max(1) > 0.7 * inside).all()
    edges = np.concatenate([a - b, b - c, c - a])
    assert np.abs(edges).max() < 0.25
    # Nor does one triangle of an eyeball lie over another.
    eyes = ict_model.triangles[(ict_model.parts[ict_model.triangles] == Part.EYE).all(1)]
    a, b, c = np.moveaxis(ict_model.uv[eyes].astype(np.float64), 1, 0)
    assert ((b - a)[:, 0] * (c - a)[:, 1] > (b - a)[:, 1] * (c - a)[:, 0]).all()
