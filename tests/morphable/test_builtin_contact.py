"""The built-in face where its surfaces touch: lips, lids and eyeballs, at the strongest expressions."""

from functools import cache

import numpy as np
import pytest
from scipy.spatial import cKDTree

from au_tf.facs import ACTIONS
from au_tf.morphable import Part
from au_tf.morphable.builtin import action_expressions, builtin_face, builtin_muscles
from au_tf.morphable.builtin.outlines import EYE_INNER, EYE_OUTER

MODEL = builtin_face()
MESH = builtin_muscles().mesh

LIPS_TOUCH = 0.8
"""mm by which closed lips may overlap: they are soft, overlap by 0.3 mm at rest so that no gap shows, and press."""
LIDS_TOUCH = 0.4
"""mm by which closed lids may overlap: half the width of the lashes' line."""

EYES_TOUCH = 0.3
"""mm by which eyeballs may reach into the lids that slide over them."""

EXPRESSIONS = [
    *[(n,) for n in (1, 2, 4, 5, 6, 9, 12, 15, 17, 20, 25, 26, 43)],
    (12, 25), (4, 9), (15, 17), (25, 26), (20, 25), (1, 2, 5), (6, 12), (6, 12, 25, 26), (6, 43), (9, 17),
]  # fmt: skip


@cache
def face_with(units: tuple[int, ...]) -> np.ndarray:
    """Vertices float[V, 3] with both sides of the units at intensity 5."""
    row = np.zeros(len(ACTIONS), np.float32)
    for unit in units:
        for side in "LR":
            row[ACTIONS.index(f"AU{unit}_{side}")] = 1.0
    return MODEL.mean_shape + np.tensordot(action_expressions(MODEL, row), MODEL.expression_basis, 1)


def crossings(points: np.ndarray, first: np.ndarray, second: np.ndarray) -> int:
    """How many edges of the triangles int[N, 3] of one set pass through triangles of the other (Moeller-Trumbore)."""
    return _edges_through(points, first, second) + _edges_through(points, second, first)


def _edges_through(points: np.ndarray, triangles: np.ndarray, others: np.ndarray) -> int:
    edges = np.unique(np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1), axis=0)
    start, along = points[edges[:, 0]], points[edges[:, 1]] - points[edges[:, 0]]
    corners = points[others]
    reach = np.linalg.norm(corners - corners.mean(1, keepdims=True), axis=2).max() + np.linalg.norm(along, axis=1).max()
    pairs = cKDTree(corners.mean(1)).query_ball_point(start + 0.5 * along, reach)
    edge = np.repeat(np.arange(len(edges)), [len(p) for p in pairs])
    other = np.concatenate([np.array(p, int) for p in pairs])
    a, u, v = corners[other, 0], corners[other, 1] - corners[other, 0], corners[other, 2] - corners[other, 0]
    h = np.cross(along[edge], v)
    scale = np.einsum("nc,nc->n", u, h)
    inverse = 1.0 / np.where(np.abs(scale) > 1e-9, scale, np.inf)
    s = start[edge] - a
    q = np.cross(s, u)
    first = np.einsum("nc,nc->n", s, h) * inverse
    second = np.einsum("nc,nc->n", along[edge], q) * inverse
    where = np.einsum("nc,nc->n", v, q) * inverse
    inside = (first > 0) & (second > 0) & (first + second < 1) & (where > 0) & (where < 1) & (inverse != 0)
    return int(inside.sum())


def skin_near(at: np.ndarray, radius: tuple[float, float]) -> np.ndarray:
    """Triangles of the skin within an ellipse of the frontal plane, by the mean face."""
    rows = MESH.pieces["skin"].rows
    inside = (np.square((MODEL.mean_shape[:, :2] - at) / radius).sum(1) < 1) & (MODEL.mean_shape[:, 2] > 10)
    inside[rows.stop :] = False
    return MODEL.triangles[inside[MODEL.triangles].all(1)]


LIPS = skin_near(np.array([0.0, -67.0]), (32.0, 13.0))
UPPER_LIP, LOWER_LIP = (LIPS[(side * MESH.lip_side[LIPS] > 0).all(1)] for side in (1.0, -1.0))


def apart(points: np.ndarray, first: np.ndarray, second: np.ndarray, shift: list[float]) -> int:
    """Crossings of two sets of triangles once the first has been moved by `shift`."""
    return crossings(np.concatenate([points + shift, points]), first, second + len(points))


def test_crossings_are_found_and_counted() -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [0, 4, 0], [1, 1, -1], [1, 1, 1], [9, 9, 0.5], [1, 1, 2.0]], float)
    assert crossings(points, np.array([[0, 1, 2]]), np.array([[3, 4, 5]])) == 2  # an edge of each
    assert crossings(points, np.array([[0, 1, 2]]), np.array([[4, 5, 6]])) == 0
    assert apart(points, np.array([[0, 1, 2]]), np.array([[3, 4, 5]]), [0.0, 0.0, 2.0]) == 0


@cache
def lids(sign: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Triangles of the upper lid, the lower lid and the eyeball of the left (1) or right (-1) eye."""
    near = skin_near(np.array([sign * 31.5, 0.0]), (18.0, 11.0))
    share = (sign * MODEL.mean_shape[:, 0] - EYE_INNER[0]) / (EYE_OUTER[0] - EYE_INNER[0])
    above = MODEL.mean_shape[:, 1] - (EYE_INNER[1] + share * (EYE_OUTER[1] - EYE_INNER[1]))
    piece = MESH.pieces["eye_left" if sign > 0 else "eye_right"]
    eye = np.zeros(len(above), bool)
    eye[piece.rows] = piece.coordinates[:, 0] < 15.0  # the rest lies deep behind the skin
    upper, lower = (near[(side * above[near] > 0).all(1)] for side in (1.0, -1.0))
    return upper, lower, MODEL.triangles[eye[MODEL.triangles].all(1)]


def contacts(points: np.ndarray, lids_touch: float = LIDS_TOUCH, eyes_touch: float = EYES_TOUCH) -> dict[str, int]:
    """Crossings that a face must not have, beyond what touching surfaces may overlap."""
    found = {"lips": apart(points, UPPER_LIP, LOWER_LIP, [0.0, LIPS_TOUCH, 0.0])}
    for sign in (1.0, -1.0):
        upper, lower, eye = lids(sign)
        found[f"lids {sign:+.0f}"] = apart(points, upper, lower, [0.0, lids_touch, 0.0])
        found[f"eye {sign:+.0f}"] = apart(points, eye, np.concatenate([upper, lower]), [0.0, 0.0, -eyes_touch])
    return found


@pytest.mark.parametrize("units", EXPRESSIONS, ids=str)
def test_lips_and_lids_do_not_pass_through_one_another(units: tuple[int, ...]) -> None:
    assert not any(contacts(face_with(units)).values())


@pytest.mark.parametrize("units", [(5,), (6, 12), (43,)], ids=str)
def test_nor_do_they_in_other_people(units: tuple[int, ...]) -> None:
    """Lids that the mean eye closes reach a little too far in a smaller eye: a linear model knows one way to close."""
    rng = np.random.default_rng(5)
    for person in np.tensordot(rng.normal(size=(2, len(MODEL.identity_basis))), MODEL.identity_basis, 1):
        assert not any(contacts(person + face_with(units), lids_touch=1.2, eyes_touch=1.0).values())


@pytest.mark.parametrize("units", EXPRESSIONS, ids=str)
def test_the_skin_round_eyes_and_mouth_does_not_fold_over(units: tuple[int, ...]) -> None:
    def normals(points: np.ndarray) -> np.ndarray:
        corners = points[near]
        return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])

    near = np.concatenate([LIPS, *lids(1.0)[:2], *lids(-1.0)[:2]])
    rest, bent = normals(MODEL.mean_shape), normals(face_with(units))
    turned = np.einsum("nc,nc->n", rest, bent) < 0
    # The jaw turns the lips about their edge; nothing else may turn a triangle by more than a right angle.
    assert np.linalg.norm(rest[turned], axis=1).sum() < 0.005 * np.linalg.norm(rest, axis=1).sum()


def test_lids_close() -> None:
    shape = face_with((43,))
    for margin in (MESH.lid_left, MESH.lid_right):
        half = len(margin) // 2
        lower, upper = shape[margin[: half + 1]], shape[np.append(margin[half:], margin[0])][::-1]
        x = np.abs(lower[4:-4, 0])
        gap = np.interp(x, np.abs(upper[:, 0]), upper[:, 1]) - lower[4:-4, 1]
        assert np.abs(gap).max() < LIDS_TOUCH


TEETH = MODEL.triangles[(MODEL.parts[MODEL.triangles] == Part.TEETH).all(1)]


@pytest.mark.parametrize("units", EXPRESSIONS, ids=str)
def test_teeth_stay_behind_the_lips(units: tuple[int, ...]) -> None:
    assert crossings(face_with(units), LIPS, TEETH) == 0


def test_teeth_stand_close_behind_the_lips_and_are_as_wide_as_the_mouth() -> None:
    """A smile stretches the lips over them: what is left then is 1 to 3 mm in life."""
    smile = face_with((6, 12, 25))
    lips, teeth = smile[np.unique(np.append(MESH.upper_lip, MESH.lower_lip))], smile[np.unique(TEETH)]
    for aside in (0.0, 10.0, 20.0):
        lip, tooth = (side[np.abs(np.abs(side[:, 0]) - aside) < 1.5, 2] for side in (lips, teeth))
        assert 0.5 < lip.mean() - tooth.max() < 4.5, aside
    assert np.abs(teeth[:, 0]).max() > 0.85 * np.abs(lips[:, 0]).max()
