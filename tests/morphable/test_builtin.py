"""The built-in face: anatomy, FACS, statistics."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from scipy.spatial import cKDTree

from au_tf.facs import ACTIONS, UNITS, both_sides
from au_tf.morphable import Part
from au_tf.morphable.builtin import action_expressions, assembly, builtin_face, builtin_muscles
from au_tf.morphable.builtin.parts import EYEBALL_CENTRE, EYEBALL_RADIUS

MODEL = builtin_face()
MESH = builtin_muscles().mesh


def vertex_areas() -> np.ndarray:
    """Area float[V] in mm^2 that belongs to each vertex of the mean face."""
    corners = MODEL.mean_shape[MODEL.triangles].astype(np.float64)
    area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    return np.bincount(MODEL.triangles.ravel(), np.repeat(area / 3, 3), len(MODEL.mean_shape))


AREA = vertex_areas()


def strengths(**units: float) -> np.ndarray:
    """Both sides of the named units at intensities 0..5."""
    row = np.zeros(len(ACTIONS), np.float32)
    for name, intensity in units.items():
        for side in "LR":
            row[ACTIONS.index(f"{name}_{side}")] = intensity / 5.0
    return row


@cache
def moved(*sides: str, **units: float) -> np.ndarray:
    """Displacement float[V, 3] in mm of an expression, through the model's own 79 components."""
    row = strengths(**units)
    for side in sides:
        row[ACTIONS.index(side)] = 1.0
    return np.tensordot(action_expressions(MODEL, row), MODEL.expression_basis, 1)


def test_sizes_are_the_papers() -> None:
    assert [len(b) for b in (MODEL.identity_basis, MODEL.albedo_basis, MODEL.expression_basis)] == [100, 100, 79]
    assert 10_000 <= len(MODEL.mean_shape) <= 40_000
    assert MODEL.landmarks.shape == (68,)
    assert MODEL.triangles.max() < len(MODEL.mean_shape)


def test_the_same_seed_gives_the_same_face() -> None:
    assert assembly.build().digest == MODEL.digest


def test_mean_face_has_human_proportions() -> None:
    """Farkas (1994), means of young adults in mm, within two standard deviations and more."""
    at = MODEL.mean_shape[MODEL.landmarks]
    distance = {
        "outer canthi": (36, 45, 88, 9),
        "inner canthi": (39, 42, 33, 6),
        "mouth": (48, 54, 52, 8),
        "nose wings": (31, 35, 30, 12),
        "nasion to chin": (27, 8, 115, 14),
    }
    for name, (a, b, mean, tolerance) in distance.items():
        assert abs(np.linalg.norm(at[a] - at[b]) - mean) < tolerance, name


def test_landmarks_mirror_each_other() -> None:
    at = MODEL.mean_shape[MODEL.landmarks]
    pairs = [(i, 16 - i) for i in range(8)] + [(17 + i, 26 - i) for i in range(5)]
    pairs += [(31, 35), (32, 34), (36, 45), (37, 44), (38, 43), (39, 42), (41, 46), (40, 47)]
    pairs += [(48, 54), (49, 53), (50, 52), (60, 64), (61, 63), (59, 55), (58, 56), (67, 65)]
    for a, b in pairs:
        np.testing.assert_allclose(at[a] * [-1, 1, 1], at[b], atol=1.6)


def test_surface_points_outward() -> None:
    corners = MODEL.mean_shape[MODEL.triangles].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    skin = (MODEL.parts[MODEL.triangles] == Part.SKIN).all(1)
    outward = np.einsum("tc,tc->t", normal, corners.mean(1) - [0.0, -20.0, -30.0])
    # Ears and lids fold back on themselves; the head as a whole must not.
    share = np.abs(normal[skin]).sum(1)
    assert share[outward[skin] > 0].sum() > 0.93 * share.sum()
    eyes = (MODEL.parts[MODEL.triangles] == Part.EYE).all(1)
    assert (normal[eyes][:, 2] > 0).mean() > 0.9


def test_texture_of_the_skin_does_not_overlap() -> None:
    rows = MESH.pieces["skin"].rows
    skin = (MODEL.triangles < rows.stop).all(1)
    a, b, c = np.moveaxis(MODEL.uv[MODEL.triangles[skin]].astype(np.float64), 1, 0)
    u, v = b - a, c - a
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    assert min((area > 1e-12).sum(), (area < -1e-12).sum()) == 0
    assert MODEL.uv.min() >= 0
    assert MODEL.uv.max() <= 1


# Landmark, axis (0 = to the person's left, 1 = up, 2 = out), least movement in mm; the left half of the face.
FACS = {
    "AU1": [(22, 1, 4.0)],
    "AU2": [(25, 1, 4.0)],
    "AU4": [(22, 1, -3.0), (22, 0, -1.0)],
    "AU5": [(43, 1, 1.5), (44, 1, 1.5)],
    "AU6": [(46, 1, 1.0), (47, 1, 1.0)],
    "AU9": [(35, 1, 2.5), (52, 1, 1.2)],
    "AU12": [(54, 0, 4.0), (54, 1, 4.0), (54, 2, -2.0)],
    "AU15": [(54, 1, -4.0)],
    "AU17": [(57, 1, 2.5), (66, 1, 2.5)],
    "AU20": [(54, 0, 4.0)],
    "AU25": [(66, 1, -4.0), (62, 1, 1.0)],
    "AU26": [(8, 1, -12.0), (66, 1, -12.0)],
}
UPPER = {"AU1", "AU2", "AU4", "AU5"}
# Where nine tenths of the squared motion lie on scanned people (ICT-FaceKit), and a little beyond, on the skin of the
# mean face: distances from the middle, lowest and highest point, mm.
REGIONS = {
    "AU1": ((0, 50), -10, 88),
    "AU2": ((5, 72), -5, 88),
    "AU4": ((0, 70), -4, 62),
    "AU5": ((12, 52), -12, 15),
    "AU6": ((6, 80), -95, 32),
    "AU9": ((0, 60), -88, 45),
    "AU12": ((0, 74), -108, -15),
    "AU15": ((0, 56), -118, -36),
    "AU17": ((0, 40), -120, -55),
    "AU20": ((0, 85), -160, -30),
    "AU25": ((0, 46), -115, -42),
    "AU26": ((0, 85), -150, -48),
}
LOWER = {"AU12", "AU15", "AU17", "AU20", "AU25", "AU26"}


@pytest.mark.parametrize("unit", FACS)
def test_each_action_unit_moves_its_landmarks_its_way(unit: str) -> None:
    motion = moved(**{unit: 5.0})[MODEL.landmarks]
    for landmark, axis, least in FACS[unit]:
        assert motion[landmark, axis] * np.sign(least) > abs(least), (landmark, motion[landmark])


@pytest.mark.parametrize("unit", REGIONS)
def test_each_action_unit_stays_in_its_region(unit: str) -> None:
    """Nine tenths of the squared movement of the skin lie inside, counted by area."""
    across, below, above = REGIONS[unit]
    rows = MESH.pieces["skin"].rows
    x, y, _ = MODEL.mean_shape[rows].T
    inside = (np.abs(x) >= across[0]) & (np.abs(x) <= across[1]) & (y >= below) & (y <= above)
    moved_by = np.square(moved(**{unit: 5.0})[rows]).sum(1) * AREA[rows]
    assert moved_by[inside].sum() > 0.9 * moved_by.sum()


@pytest.mark.parametrize("unit", sorted(UPPER | LOWER))
def test_each_action_unit_leaves_the_other_half_of_the_face_alone(unit: str) -> None:
    size = np.linalg.norm(moved(**{unit: 5.0}), axis=1)
    y = MODEL.mean_shape[:, 1]
    other = y < -50 if unit in UPPER else y > 0
    assert size[other].max() < 0.12 * size.max()


@pytest.mark.parametrize(("unit", "landmarks"), [("AU1", (18, 19, 24, 25)), ("AU2", (21, 22))])
def test_inner_and_outer_brow_rise_apart(unit: str, landmarks: tuple[int, ...]) -> None:
    motion = moved(**{unit: 5.0})[MODEL.landmarks, 1]
    assert np.abs(motion[list(landmarks)]).max() < 0.6 * motion[17:27].max()


def test_action_units_narrow_widen_and_open_what_they_should() -> None:
    def measures(**units: float) -> dict[str, float]:
        at = (MODEL.mean_shape + moved(**units))[MODEL.landmarks]
        return {
            "eye": np.mean(
                [at[37, 1] - at[41, 1], at[38, 1] - at[40, 1], at[43, 1] - at[47, 1], at[44, 1] - at[46, 1]]
            ),
            "brows apart": at[22, 0] - at[21, 0],
            "nose": np.linalg.norm(at[27] - at[33]),
            "mouth": at[54, 0] - at[48, 0],
            "lips apart": at[62, 1] - at[66, 1],
            "jaw": at[27, 1] - at[8, 1],
        }

    rest = measures()
    assert measures(AU5=5.0)["eye"] > rest["eye"] + 2.0
    assert measures(AU6=5.0)["eye"] < rest["eye"] - 2.0
    assert measures(AU43=5.0)["eye"] < 1.0
    assert measures(AU4=5.0)["brows apart"] < rest["brows apart"] - 3.0
    assert measures(AU9=5.0)["nose"] < rest["nose"] - 1.5
    assert measures(AU12=5.0)["mouth"] > rest["mouth"] + 6.0
    assert measures(AU20=5.0)["mouth"] > rest["mouth"] + 10.0
    assert measures(AU25=5.0)["lips apart"] > rest["lips apart"] + 5.0
    assert measures(AU26=5.0)["lips apart"] > rest["lips apart"] + 10.0
    assert measures(AU26=5.0)["jaw"] > rest["jaw"] + 12.0


@pytest.mark.parametrize("unit", ["AU1", "AU2", "AU4", "AU5", "AU6", "AU9", "AU12", "AU15", "AU20"])
def test_one_side_can_act_alone(unit: str) -> None:
    left, right = (np.square(moved(f"{unit}_{side}")).sum(1) * AREA for side in "LR")
    x = MODEL.mean_shape[:, 0]
    assert left[x < -3].sum() < 0.05 * left.sum()
    assert right[x > 3].sum() < 0.05 * right.sum()
    assert 0.9 < left.sum() / right.sum() < 1.1


@pytest.mark.parametrize("unit", [*FACS, "AU43"])
def test_lids_never_enter_the_eyeball_and_lips_never_cross(unit: str) -> None:
    shape = MODEL.mean_shape + moved(**{unit: 5.0})
    for lid, sign in ((MESH.lid_left, 1.0), (MESH.lid_right, -1.0)):
        clearance = np.linalg.norm(shape[lid] - EYEBALL_CENTRE * [sign, 1, 1], axis=1) - EYEBALL_RADIUS
        assert clearance.min() > -0.3
    gap = shape[MESH.upper_lip, 1] - shape[MESH.lower_lip, 1]
    assert gap.min() > -1.0  # pressed lips overlap by up to a millimetre


def test_no_pair_of_actions_draws_lids_lips_and_teeth_through_one_another() -> None:
    pairs = list(combinations(UNITS, 2))
    together = np.zeros((len(pairs), len(ACTIONS)))
    for row, pair in enumerate(pairs):
        together[row, [k for unit in pair for k in both_sides(unit)]] = 1.0
    margins = np.concatenate([MESH.lid_left, MESH.lid_right, MESH.upper_lip, MESH.lower_lip])
    front = np.concatenate(
        [MODEL.landmarks[48:68], *(np.r_[MESH.pieces[f"teeth_{row}"].rows] for row in ("upper", "lower"))]
    )
    shapes = MODEL.shapes.at(np.concatenate([margins, front]))
    expressions = action_expressions(MODEL, together)
    points = shapes(np.zeros((len(pairs), len(MODEL.identity_basis))), expressions)
    sizes = np.cumsum([len(rows) for rows in (MESH.lid_left, MESH.lid_right, MESH.upper_lip, MESH.lower_lip)] + [20])
    for pair, at in zip(pairs, points, strict=True):
        left, right, upper, lower, lips, behind = np.split(at, sizes)
        for lid in (left, right):
            half = len(lid) // 2
            top = np.concatenate([lid[half:], lid[:1]])[::-1]
            order = np.sort(np.abs(top[:, 0])), top[np.argsort(np.abs(top[:, 0])), 1]
            gap = np.interp(np.abs(lid[4 : half - 3, 0]), *order) - lid[4 : half - 3, 1]
            assert gap.min() > -1.5, (pair, gap.min())
        assert (np.interp(upper[:, 0], lower[:, 0], lower[:, 1]) - upper[:, 1]).max() < 1.5, pair
        distance, found = cKDTree(behind[:, :2]).query(lips[:, :2], 8)
        through = np.where(distance < 2.0, behind[found, 2], -np.inf).max(1) - lips[:, 2]
        assert through.max() < 0.8, (pair, through.max())


def test_strength_grows_with_intensity() -> None:
    for unit in FACS:
        sizes = [np.linalg.norm(moved(**{unit: i})) for i in range(6)]
        assert np.all(np.diff(sizes) > 0), unit
