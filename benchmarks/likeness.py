"""How much renders look like the people in their photos, to dlib's face recognition network; prints a table.

    python benchmarks/likeness.py [PHOTO ...] [--people 40]

Of each photo the 3D face is drawn with and without the likeness, and both are compared with the photo: the distance of
descriptors, of which one up to 0.6 is one person's, and whether the photo is the nearest one among all. Rendered
people, photographed with hair, clutter, hands and glasses at 336 x 336 pixels, fill the gallery up. Needs
`pip install 'au_tf[dlib]'`.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from au_tf import startup
from au_tf.arrays import Float64, Pixels

startup.start_tensorflow()

import au_tf
from au_tf.errors import InputError
from au_tf.fitting.detect.detection import detect_faces
from au_tf.fitting.detect.recognition import describe
from au_tf.fitting.synthetic.benchmark import draw_benchmark
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline
from au_tf.fitting.synthetic.picture_store import SceneSampler
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.morphable.load import load_face_model
from au_tf.progress import progress
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.rendering.native.renderer import render_face
from au_tf.simulation.population import draw_expressions

_YAW = 30.0


class Compared(NamedTuple):
    """Descriptors of a photo and of what is drawn of it."""

    photo: Float64
    """float64[128]."""
    bare: Float64
    """float64[128], of the face model alone."""
    alike: Float64
    """float64[128], with the likeness."""


def rendered(count: int) -> list[Pixels]:
    """Photos of so many people who do not exist."""
    model = load_face_model("builtin")
    sampler = SceneSampler(
        model,
        SyntheticCamera(BatchRenderer(model)),
        Outline.of(model),
        DetectorError.none(),
        lambda number, rng: draw_expressions(model, number, rng),
    )
    return list(draw_benchmark(sampler, count, yaw=_YAW).photos)


def compared(photo: Pixels | str) -> Compared | None:
    """None if no face is found in the photo, or in what is drawn of it."""
    try:
        face = au_tf.Face.from_photo(photo)
    except InputError:
        return None
    bare = render_face(face.model, face.coefficients, face.camera)
    found = [detect_faces(picture) for picture in (face.photo, bare, face.render)]
    if not all(found):
        return None
    pairs = zip((face.photo, bare, face.render), found, strict=True)
    marks = [mark for picture, each in pairs if (mark := describe(picture, each[0])) is not None]
    return Compared(*marks) if len(marks) == len(found) else None


def row(name: str, photos: Float64, drawn: Float64, chosen: slice) -> str:
    """A line of the table: of some of the drawn ones, among all photos."""
    distance = np.linalg.norm(drawn[:, None] - photos, axis=-1)
    own, first = np.diagonal(distance)[chosen], (distance.argmin(1) == np.arange(len(photos)))[chosen]
    others = (distance.sum(1) - np.diagonal(distance))[chosen] / max(len(photos) - 1, 1)
    figures = f"{own.mean():.2f} ± {own.std():.2f} | {own.max():.2f} | {others.mean():.2f} | {100 * first.mean():.0f} %"
    return f"| {name} | {len(own)} | {figures} |"


def main() -> None:
    """Compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--people", type=int, default=40, help="photos in all, filled up with rendered ones")
    asked = parser.parse_args()
    given: list[Pixels | str] = [str(path) for path in asked.photos]
    more = rendered(max(0, asked.people - len(given)))
    found = [(k < len(given), compared(photo)) for k, photo in enumerate(progress([*given, *more], "photos"))]
    marks = [mark for _, mark in found if mark is not None]
    real = sum(mark is not None for is_real, mark in found if is_real)
    if not marks:
        raise SystemExit("no face found, or dlib's network is not installed")
    photos, bare, alike = (np.array(part) for part in zip(*marks, strict=True))
    print("| photos | count | distance | worst | to others | own photo is first |")
    print("|---|---|---|---|---|---|")
    groups = {"given": slice(0, real), "rendered": slice(real, None)}
    for group, chosen in groups.items():
        if len(photos[chosen]):
            print(row(f"{group}, face model", photos, bare, chosen))
            print(row(f"{group}, likeness", photos, alike, chosen))


if __name__ == "__main__":
    main()
