"""How far Action Units at intensity 5 move the faces of a model, beside what is known of people; prints a table.

    python benchmarks/excursions.py [--face-model MODEL ...] [--people 50] [--seen 10] [--film FILE FIRST LAST]

Each Action Unit alone, then 6, 12 and 25 together, on the mean face and on average over random people, in per cent of
the distance between the outer corners of the eyes (`au_tf.morphable.excursions`). With `--seen`, the smile on pictures
of that many people and the mean face as well, by the landmarks that are found in them; with `--film`, the same between
two frames of a film, counted from 0: one instrument for both.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from au_tf.arrays import Array, Float64, Pixels
from au_tf.facs import ACTION_UNITS, AU_NUMBERS
from au_tf.fitting.detect.dense_landmarks import dense_reader
from au_tf.fitting.detect.detection import detect_faces
from au_tf.geometry.landmarks import OUTER_EYE_CORNERS
from au_tf.morphable.excursions import EXCURSIONS, SMILE, Excursion, measure
from au_tf.morphable.load import load_face_model
from au_tf.morphable.model import MorphableModel
from au_tf.pictures.video import Video
from au_tf.rendering.framing import close_up, head, neutral, portrait
from au_tf.rendering.native.renderer import render_face
from au_tf.simulation.mechanics import both_sided, tabulate

SMILING = (6, 12, 25)
_CHEEKS = [50, 280]
"""MediaPipe's points."""
_SIDE, _MARGIN = 480, 1.3


def expressions(model: MorphableModel, units: tuple[int, ...]) -> tuple[Array, Array]:
    """Expression coefficients of rest and of units at 5."""
    mechanics = tabulate(model)
    return mechanics.rest, mechanics.expressions(both_sided(5.0 * np.isin(AU_NUMBERS, units)[None]))[0]


def people_of(model: MorphableModel, count: int) -> Array:
    """Identities float[1 + count, I]: the mean and random people."""
    drawn = np.random.default_rng(0).standard_normal((count, len(model.identity_basis)))
    return np.concatenate([np.zeros((1, drawn.shape[1])), drawn])


def show(units: tuple[int, ...], wanted: tuple[Excursion, ...], moved: Array, how: str = "") -> None:
    """Prints a line for each distance, of float[1 + people, len(wanted)]."""
    name = "+".join(f"AU{unit}" for unit in units) + how
    for k, what in enumerate(wanted):
        mean, others = moved[0, k] / what.size, moved[1:, k] / what.size
        told = f", people {others.mean():.2f} ± {others.std():.2f}" if len(others) else ""
        print(f"{name:18} {what.name:30} wanted {what.size:6.1f}, found {moved[0, k]:6.1f} ({mean:.2f}){told}")


def points_seen(picture: Pixels) -> Float64:
    """The named points float[70, 3] that are found in a picture, the eyes level and a unit apart."""
    face = detect_faces(picture, dense_reader())[0]
    assert face.dense is not None
    found = np.concatenate([face.landmarks, face.dense[_CHEEKS, :2]]) @ [1.0, 1.0j]
    right, left = found[OUTER_EYE_CORNERS]
    level = (found - 0.5 * (right + left)) / (left - right)
    return np.stack([level.real, -level.imag, 0.0 * level.real], 1)


def frame_of(film: Path, index: int) -> Pixels:
    """A picture of a film, counted from 0."""
    with Video(film) as video:
        for _ in range(index + 1):
            if not video.grab():
                raise SystemExit(f"{film} has no picture {index}")
        picture = video.picture()
    assert picture is not None
    return picture


def smile_seen(model: MorphableModel, people: Array) -> Float64:
    """What the smile moves on pictures of people, float[N, 5]."""
    camera, shown = close_up(model, head(model), _SIDE, _MARGIN), []
    for identity in people.astype(np.float32):
        face = replace(neutral(model), identity=identity)
        faces = (portrait(model, face.with_expression(e.astype(np.float32))) for e in expressions(model, SMILING))
        rest, moved = (points_seen(render_face(model, each, camera)) for each in faces)
        shown.append([what.of(rest, moved) for what in SMILE])
    return np.array(shown)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--face-model", nargs="+", default=["builtin"])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seen", type=int)
    parser.add_argument("--film", nargs=3, metavar=("FILE", "FIRST", "LAST"))
    options = parser.parse_args()
    if options.film:
        film, *chosen = options.film
        rest, moved = (points_seen(frame_of(Path(film), int(index))) for index in chosen)
        show(SMILING, SMILE, np.array([[what.of(rest, moved) for what in SMILE]]), ", film")
    for name in options.face_model:
        model = load_face_model(name)
        people = people_of(model, options.people)
        print(f"\n{model.name}")
        wanted = {(unit.number,): EXCURSIONS[unit.number] for unit in ACTION_UNITS} | {SMILING: SMILE}
        for units, distances in wanted.items():
            rest, full = expressions(model, units)
            show(units, distances, measure(model, distances, full - rest, people))
        if options.seen is not None:
            show(SMILING, SMILE, smile_seen(model, people[: 1 + options.seen]), ", seen")


if __name__ == "__main__":
    main()
