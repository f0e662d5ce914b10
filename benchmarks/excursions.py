"""How far Action Units at intensity 5 move the faces of a model, beside what is known of people; prints a table.

    python benchmarks/excursions.py [--face-model MODEL ...] [--people 50]

Each Action Unit alone, then 6, 12 and 25 together, on the mean face and on average over random people, in per cent of
the distance between the outer corners of the eyes (`au_tf.morphable.excursions`).
"""

import argparse

import numpy as np

from au_tf.facs import ACTION_UNITS, AU_NUMBERS
from au_tf.morphable.excursions import EXCURSIONS, SMILE, Excursion, measure
from au_tf.morphable.load import load_face_model
from au_tf.morphable.model import MorphableModel
from au_tf.simulation.mechanics import both_sided, tabulate


def show(model: MorphableModel, units: tuple[int, ...], wanted: tuple[Excursion, ...], people: int) -> None:
    """Prints a line for each distance."""
    intensities = 5.0 * np.isin(AU_NUMBERS, units)
    mechanics = tabulate(model)
    expression = mechanics.expressions(both_sided(intensities[None]))[0] - mechanics.rest
    identities = np.random.default_rng(0).standard_normal((people, len(model.identity_basis)))
    identities = np.concatenate([np.zeros((1, identities.shape[1])), identities])
    moved = measure(model, wanted, expression, identities)
    for k, what in enumerate(wanted):
        mean, others = moved[0, k] / what.size, moved[1:, k] / what.size
        name = "+".join(f"AU{unit}" for unit in units)
        print(
            f"{name:14} {what.name:30} wanted {what.size:6.1f}, mean face {moved[0, k]:6.1f} ({mean:.2f}), "
            f"people {others.mean():.2f} ± {others.std():.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--face-model", nargs="+", default=["builtin"])
    parser.add_argument("--people", type=int, default=50)
    options = parser.parse_args()
    for name in options.face_model:
        model = load_face_model(name)
        print(f"\n{model.name}")
        for unit in ACTION_UNITS:
            show(model, (unit.number,), EXCURSIONS[unit.number], options.people)
        show(model, (6, 12, 25), SMILE, options.people)


if __name__ == "__main__":
    main()
