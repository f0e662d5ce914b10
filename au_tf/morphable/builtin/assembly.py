"""The built-in face as a morphable model: sampled people, principal components, a cache on disk."""

import hashlib
import logging
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from scipy.linalg import eigh

from au_tf.arrays import Array, ArrayLike, Float32
from au_tf.blas import one_blas_thread
from au_tf.errors import InputError
from au_tf.facs import ACTIONS, UNITS, both_sides
from au_tf.files import kept_place
from au_tf.morphable.builtin.actions.muscles import Muscles
from au_tf.morphable.builtin.chart import HeadChart
from au_tf.morphable.builtin.identity import identity_fields, mean_shape
from au_tf.morphable.builtin.landmark_vertices import landmark_vertices
from au_tf.morphable.builtin.layout import texture_layout
from au_tf.morphable.builtin.mesh import HeadMesh, build_mesh
from au_tf.morphable.builtin.sculpt import smoothstep
from au_tf.morphable.builtin.skin import AMOUNTS, Complexion, Painter, albedo_fields
from au_tf.morphable.model import STYLES, MorphableModel

logger = logging.getLogger(__name__)

NAME = "builtin"
SEED = 2022
IDENTITIES, ALBEDOS, EXPRESSIONS = 100, 100, 79
"""The paper's numbers of coefficients (BFM 2009 and FaceWarehouse)."""
_SAMPLES = 420
_LID_SAMPLES, _LID_STRESS = 60, 4.0
LID_MOVERS = (5, 7, 43)
"""Action Units that move nothing but lids."""


def principal_components(samples: Array, count: int, stressed: Array | None = None) -> Float32:
    """Orthogonal axes through the origin, scaled so that the samples' coefficients have unit variance.

    The mean is not subtracted: zero coefficients stand for the mean face at rest.

    Args:
      samples: float[N, D].
      count: how many axes, at most N.
      stressed: float[M, D], what the axes have to hold as well, though it has little energy.

    Returns:
      float32[count, D] axes in order of their share of the energy.
    """
    axes, places = _principal_axes(samples if stressed is None else np.concatenate([samples, stressed]), count)
    return (places[: len(samples)].std(0)[:, None] * axes).astype(np.float32)


def normal_components(fields: Array, count: int) -> Float32:
    """Orthogonal axes of all sums of `fields` with independent standard normal weights.

    Standard normal coefficients of the axes give the same distribution as the weights of the fields do, but for what
    the axes beyond `count` would add.

    Args:
      fields: float[N, D].
      count: how many axes, at most N.

    Returns:
      float32[count, D] axes in order of variance.
    """
    axes, places = _principal_axes(fields, count)
    return (np.linalg.norm(places, axis=0)[:, None] * axes).astype(np.float32)


def _principal_axes(rows: Array, count: int) -> tuple[Array, Array]:
    """Unit axes float64[count, D] of most energy and the rows' places on them, float64[N, count]."""
    exact = np.asarray(rows, np.float64)
    energy, vectors = eigh(exact @ exact.T, subset_by_index=(len(rows) - count, len(rows) - 1))
    energy, vectors = energy[::-1], vectors[:, ::-1]
    axes = (vectors.T @ exact) / np.sqrt(energy)[:, None]
    # An eigenvector's sign is arbitrary; coefficients have to mean the same on every machine.
    sign = np.sign(axes @ np.random.default_rng(0).normal(size=axes.shape[1]))
    return sign[:, None] * axes, sign * vectors * np.sqrt(energy)


def sample_strengths(rng: np.random.Generator, count: int) -> Array:
    """Random action strengths float[count, len(ACTIONS)]: a few units at once, nearly symmetric."""
    active = rng.uniform(size=(count, len(UNITS))) < rng.uniform(0.08, 0.45, (count, 1))
    strength = active * rng.beta(1.1, 1.1, (count, len(UNITS)))
    balance = 1.0 + 0.12 * rng.normal(size=(count, len(UNITS), 2))
    lonely = rng.uniform(size=(count, len(UNITS), 1)) < 0.12
    side = rng.integers(0, 2, (count, len(UNITS), 1)) == np.arange(2)
    balance = np.where(lonely, side, balance)
    return np.clip(strength[:, :, None] * balance, 0.0, 1.0).reshape(count, len(ACTIONS))


def _expression_samples(muscles: Muscles, rng: np.random.Generator) -> Float32:
    count = _SAMPLES
    single = np.eye(len(ACTIONS))
    pairs = (single.reshape(len(UNITS), 2, -1)).sum(1)
    fixed = np.concatenate([single, pairs, 0.5 * pairs])
    strengths = np.concatenate([fixed, sample_strengths(rng, count - len(fixed))])
    styles = rng.normal(size=(count, len(ACTIONS), STYLES))
    styles[: len(fixed)] = 0.0
    return muscles.displace(strengths, styles).reshape(count, -1)


def _lid_samples(muscles: Muscles, rng: np.random.Generator) -> Float32:
    """Lids at work, exaggerated: they are small, but an eye half open is seen at once."""
    strengths = np.zeros((_LID_SAMPLES, len(ACTIONS)))
    for unit in LID_MOVERS:
        strengths[:, both_sides(unit)] = rng.uniform(size=(_LID_SAMPLES, 1)) * rng.integers(0, 2, (_LID_SAMPLES, 2))
    return _LID_STRESS * muscles.displace(strengths).reshape(_LID_SAMPLES, -1)


def face_mask(mesh: HeadMesh) -> Float32:
    """1 on the face proper, fading to 0 on scalp, ears and neck."""
    x, y, z = np.abs(mesh.points[:, 0]), mesh.points[:, 1], mesh.points[:, 2]
    mask = smoothstep(-12.0, 16.0, z) * smoothstep(74.0, 50.0, y)
    below = mesh.chart[:, 1] - HeadChart().jaw_t
    mask = mask * smoothstep(7.0, -1.0, below) * smoothstep(78, 70, x)
    for side in ("left", "right"):
        mask[mesh.pieces[f"ear_{side}"].rows] = 0.0
    return mask.astype(np.float32)


def build(seed: int = SEED) -> MorphableModel:
    """Makes the built-in face from code, a table of measured figures and a seed; some seconds."""
    # The order in which several threads add up is another each time, and with it the last digits.
    with one_blas_thread():
        return _built(seed)


def _built(seed: int) -> MorphableModel:
    mesh = build_mesh()
    mean = mean_shape(mesh)
    rngs = [np.random.default_rng(key) for key in np.random.SeedSequence(seed).spawn(3)]
    # They share nothing that is random, and numpy lets other threads run.
    with ThreadPoolExecutor() as pool:
        heads = pool.submit(_identity, mesh, rngs[0])
        colours = pool.submit(_albedo, mesh, rngs[1])
        movements = pool.submit(_expression, mesh, rngs[2])
        identity, (mean_albedo, albedo) = heads.result(), colours.result()
        expression, actions, styles = movements.result()
    count = len(mesh.points)
    return MorphableModel(
        name=NAME,
        mean_shape=mean,
        identity_basis=identity.reshape(-1, count, 3),
        expression_basis=expression.reshape(-1, count, 3),
        mean_albedo=mean_albedo.astype(np.float32),
        albedo_basis=albedo.reshape(-1, count, 3),
        triangles=mesh.triangles.astype(np.int32),
        landmarks=landmark_vertices(mesh).astype(np.int32),
        uv=texture_layout(mesh),
        parts=mesh.part,
        mask=face_mask(mesh),
        actions=actions,
        styles=styles,
    )


def _identity(mesh: HeadMesh, rng: np.random.Generator) -> Float32:
    """Axes float32[IDENTITIES, V * 3] of how heads differ."""
    return normal_components(identity_fields(mesh, rng).reshape(-1, len(mesh.points) * 3), IDENTITIES)


def _albedo(mesh: HeadMesh, rng: np.random.Generator) -> tuple[Array, Float32]:
    """The mean colours float[V, 3], and axes float32[ALBEDOS, V * 3] of how they differ."""
    painter = Painter(mesh, rng)
    mean = painter.paint(Complexion.of(np.zeros(AMOUNTS)))
    return mean, normal_components(albedo_fields(painter).reshape(AMOUNTS, -1), ALBEDOS)


def _expression(mesh: HeadMesh, rng: np.random.Generator) -> tuple[Float32, Float32, Float32]:
    """Axes float32[EXPRESSIONS, V * 3] of what muscles do, and what `_actions` gives."""
    muscles = Muscles(mesh)
    samples, lids = _expression_samples(muscles, rng), _lid_samples(muscles, rng)
    axes = principal_components(samples, EXPRESSIONS, lids)
    actions, styles = _actions(muscles, axes)
    return axes, actions, styles


def _actions(muscles: Muscles, basis: Float32) -> tuple[Float32, Float32]:
    """Expression coefficients of each action alone, float32[A, E], and their change by each style, [A, STYLES, E]."""
    count = len(ACTIONS)
    style = np.zeros((count, STYLES, count, STYLES))
    for action, way in np.ndindex(count, STYLES):
        style[action, way, action, way] = 1.0
    plain = _project(muscles.displace(np.eye(count)), basis)
    styled = muscles.displace(np.repeat(np.eye(count), STYLES, 0), style.reshape(-1, count, STYLES))
    return plain, _project(styled, basis).reshape(count, STYLES, -1) - plain[:, None]


def _project(moved: Array, basis: Float32) -> Float32:
    """Coefficients float32[N, E] of displacements float[N, V, 3] on orthogonal axes float32[E, V * 3]."""
    inverse = basis / np.square(basis).sum(1, keepdims=True)
    return (moved.reshape(len(moved), -1) @ inverse.T).astype(np.float32)


def _version() -> str:
    """Changes whenever the code or the figures that make the face change."""
    sha = hashlib.sha256(str(SEED).encode())
    room = Path(__file__).parents[1]
    for source in sorted((*room.rglob("*.py"), *room.rglob("*.npz"))):
        sha.update(source.read_bytes())
    return sha.hexdigest()[:16]


@cache
def builtin_face() -> MorphableModel:
    """The built-in face: 100 identity, 100 albedo and 79 expression coefficients.

    Made on the first call (some seconds) and kept in `cache_folder`.
    """
    path = kept_place(f"builtin-{_version()}.npz")
    if path.exists():
        try:
            return MorphableModel.load(path)
        except InputError:
            logger.warning("%s is damaged and is made again", path)
    logger.info("Making the built-in face, once; this takes a moment")
    model = build()
    try:
        model.save(path)
    except InputError as error:
        logger.warning("the built-in face is made anew each time: %s", error)
    return model


@cache
def builtin_muscles() -> Muscles:
    """The muscles that the expressions of the built-in face are sampled from."""
    return Muscles(build_mesh())


def action_expressions(model: MorphableModel, strengths: ArrayLike, styles: ArrayLike | None = None) -> Float32:
    """Expression coefficients of muscle actions: their displacement, projected on the expression basis.

    Args:
      model: the built-in face.
      strengths: float[..., len(ACTIONS)] in [0, 1], 1 being intensity 5.
      styles: float[..., len(ACTIONS), STYLES], a person's own way of each action.

    Returns:
      float32[..., 79], standard deviations.
    """
    strengths = np.asarray(strengths, np.float32)
    lead = strengths.shape[:-1]
    rows = strengths.reshape(-1, len(ACTIONS))
    own = None if styles is None else np.asarray(styles, np.float32).reshape(len(rows), len(ACTIONS), STYLES)
    basis = model.expression_basis.reshape(len(model.expression_basis), -1)
    out = np.empty((len(rows), len(basis)), np.float32)
    for start in range(0, len(rows), 128):
        part = slice(start, start + 128)
        out[part] = _project(builtin_muscles().displace(rows[part], None if own is None else own[part]), basis)
    return out.reshape(*lead, -1)
