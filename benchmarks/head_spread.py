"""How much people's faces differ on the built-in head and on ICT-FaceKit: standard deviations of 30 distances.

    python benchmarks/head_spread.py FaceXModel

Distances are between the 68 landmarks, each the mean of its left and right where it has both; a standard deviation is
that of 2,000 people with standard normal coefficients, the same seed for each model.
"""

import argparse

import numpy as np

import au_tf
from au_tf.arrays import Array
from au_tf.morphable import MorphableModel

PEOPLE, SEED = 2000, 17
DISTANCES = {
    "outer canthi": (36, 45), "inner canthi": (39, 42), "eye width": (36, 39), "eye opening": (37, 41),
    "brows' heads": (21, 22), "brows' tails": (17, 26), "brow to eye": (19, 37), "brow length": (17, 21),
    "nose length": (27, 33), "nose bridge": (27, 30), "nose protrusion": (30, 33), "nose wings": (31, 35),
    "nasion to chin": (27, 8), "base of the nose to chin": (33, 8), "philtrum": (33, 51), "mouth width": (48, 54),
    "upper lip": (51, 62), "lower lip": (66, 57), "lip to chin": (57, 8), "Cupid's bow": (50, 52),
    "face width at the ears": (0, 16), "face width at the nose": (2, 14), "jaw width": (4, 12), "chin width": (6, 10),
    "canthus to ear": (36, 0), "canthus to corner": (36, 48), "wing to corner": (31, 48), "corner to jaw": (48, 4),
    "nose tip to ear": (30, 0), "chin to ear": (8, 0),
}  # fmt: skip
_MIRROR = {0: 16, 2: 14, 4: 12, 6: 10, 8: 8, 17: 26, 19: 24, 21: 22, 31: 35, 36: 45, 37: 44, 39: 42, 41: 46, 48: 54}
_MIRROR |= {there: here for here, there in _MIRROR.items()}


def distances(model: MorphableModel) -> Array:
    """Each person's distances, float[PEOPLE, 30], mm."""
    weights = np.random.default_rng(SEED).normal(size=(PEOPLE, len(model.identity_basis)))
    at = model.mean_shape[model.landmarks] + np.tensordot(weights, model.identity_basis[:, model.landmarks], 1)

    def apart(a: int, b: int) -> Array:
        return np.linalg.norm(at[:, a] - at[:, b], axis=1)

    pairs = DISTANCES.values()
    return np.stack([0.5 * (apart(a, b) + apart(_MIRROR.get(a, a), _MIRROR.get(b, b))) for a, b in pairs], -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="FaceXModel of ICT-FaceKit")
    models = au_tf.load_face_model("builtin"), au_tf.load_face_model(parser.parse_args().folder)
    own, other = (distances(model) for model in models)
    print(f"{'distance, mm':26}{'built-in':>16}{'ICT-FaceKit':>16}{'ratio':>8}")
    ratio = own.std(0) / other.std(0)
    for k, name in enumerate(DISTANCES):
        cells = (f"{people[:, k].mean():7.1f} ± {people[:, k].std():4.1f}" for people in (own, other))
        print(f"{name:26}{next(cells):>16}{next(cells):>16}{ratio[k]:8.2f}")
    print(
        f"within 20 %: {(np.abs(ratio - 1) <= 0.2).sum()} of {len(ratio)}; ratio {ratio.min():.2f} to {ratio.max():.2f}"
    )


if __name__ == "__main__":
    main()
