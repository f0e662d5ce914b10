"""Whether an expression that was put into a photo is found in it again; prints a table for each photo.

    python benchmarks/closed_loop.py [--people 3] [--photo FILE ...]

A photo is fitted, each Action Unit by itself at 5 and none at all are put into it, and the pictures that come out are
fitted afresh, with nothing known of the first fit. Action Units are read off the change of the expression coefficients
from the picture that was asked for none, by least squares over the mesh (`ActionMeter`), in intensities of 0 to 5.
Beside that stand how far the dense landmarks went of the way on which the mesh sent them, and what `au_tf.estimate`
reads with the picture that was asked for none as the neutral one. The photos are the astronaut of scikit-image, Grace
Hopper of matplotlib, and rendered people, whom the models explain.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import matplotlib.cbook
import numpy as np
from skimage import data
from tqdm import tqdm

import au_tf
from au_tf import startup
from au_tf.arrays import Float64, Pixels

startup.start_tensorflow()

from au_tf.compositing.photo import PhotoCompositor
from au_tf.errors import InputError
from au_tf.facs import AU_NAMES, MAX_INTENSITY
from au_tf.fitting.detect.detection import detect_faces, select_face
from au_tf.fitting.fit import Fit, fit_photo
from au_tf.fitting.refine.dense_points import POINTS, dense_vertices
from au_tf.fitting.synthetic.benchmark import motion_of
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.builtin import builtin_face
from au_tf.pictures.images import read_image
from au_tf.rendering.lighting import STUDIO
from au_tf.rendering.native.renderer import render_face
from au_tf.simulation.action_meter import ActionMeter
from au_tf.synthesis.generators import load_generator

SIDE, DISTANCE = 512, 640.0
UNITS = len(AU_NAMES)


class Loop(NamedTuple):
    """What was asked of a photo and found in the pictures, as changes from no Action Unit at all."""

    asked: Float64
    """float64[12, E], expression coefficients; a row for each Action Unit."""
    found: Float64
    """float64[12, E]; not a number where the fit failed."""
    read: Float64
    """float64[12, 12], what the estimator reads beside the picture asked for none."""
    went: Float64
    """float64[12], how far landmarks went, a share of the way on which the mesh sent them."""


def rendered_person(seed: int, model: MorphableModel) -> Pixels:
    """A photo of somebody drawn from the model, at rest and nearly frontal."""
    rng = np.random.default_rng(seed)
    identity, albedo, light = (rng.standard_normal(s).astype(np.float32) for s in (100, 100, (9, 1)))
    face = Coefficients(
        identity=identity,
        albedo=np.clip(albedo, -2.0, 2.0),
        expression=np.zeros(len(model.expression_basis), np.float32),
        rotation=rng.uniform(-0.15, 0.15, 3).astype(np.float32),
        translation=np.array([0.0, 10.0, -DISTANCE], np.float32),
        lighting=(STUDIO * (1.0 + 0.1 * light)).astype(np.float32),
    )
    wall = np.asarray(data.coffee()[:, :400][:SIDE, :SIDE])
    wall = np.pad(wall, ((0, SIDE - wall.shape[0]), (0, SIDE - wall.shape[1]), (0, 0)), mode="reflect")
    return render_face(model, face, Camera.default(SIDE, SIDE), background=wall)


def photos(paths: list[Path], people: int, model: MorphableModel) -> Iterator[tuple[str, Pixels]]:
    """Names and pictures."""
    yield "astronaut", data.astronaut()
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        yield "Grace Hopper", read_image(file.name)
    for path in paths:
        yield path.name, read_image(path)
    for seed in range(people):
        yield f"rendered person {seed}", rendered_person(1000 + seed, model)


def run(name: str, image: Pixels, model: MorphableModel) -> Loop:
    """Asks for every Action Unit, and looks for each in the picture that comes out."""
    generator, own = load_generator(), fit_photo(image, model, source=name)
    asked = np.concatenate([np.zeros((1, UNITS)), MAX_INTENSITY * np.eye(UNITS)]).astype(np.float32)
    wanted = np.stack([generator.generate(own.coefficients.expression, row) for row in asked]).astype(np.float64)
    compositor = PhotoCompositor(image, model, own.coefficients, own.camera, own.landmarks)
    pictures = [compositor.compose(expression.astype(np.float32)) for expression in wanted]
    found = np.stack([again(picture, model) for picture in tqdm(pictures, name)])
    read = [au_tf.estimate(picture, neutral=pictures[0]).intensities[0] for picture in pictures[1:]]
    return Loop(
        wanted[1:] - wanted[0],
        found[1:] - found[0],
        np.array(read, np.float64),
        share_of_the_way(ways_sent(own, wanted, model), np.stack([dense_points(picture) for picture in pictures])),
    )


def dense_points(picture: Pixels) -> Float64:
    """float64[468, 2], (column, row), of the largest face."""
    dense = select_face(detect_faces(picture), 0, "picture").dense
    assert dense is not None
    return np.asarray(dense[:POINTS, :2], np.float64)


def ways_sent(own: Fit, wanted: Float64, model: MorphableModel) -> Float64:
    """Where the mesh has the dense points with expressions float64[N, E], float64[N, 468, 2], in pixels."""
    identity, here = own.coefficients.identity, dense_vertices(model)
    shapes = np.stack([model.shape(identity, expression.astype(np.float32))[here] for expression in wanted])
    turned = shapes @ own.coefficients.pose.matrix.T + own.coefficients.translation
    return np.asarray(own.camera.project(turned)[..., :2], np.float64)


def share_of_the_way(sent: Float64, found: Float64) -> Float64:
    """Of each picture after the first, by least squares over the points, float64[N - 1]."""
    ways, gone = ((points[1:] - points[0]).reshape(len(points) - 1, -1) for points in (sent, found))
    return (ways * gone).sum(-1) / np.square(ways).sum(-1)


def again(picture: Pixels, model: MorphableModel) -> Float64:
    """The expression coefficients of a picture, not a number if its face cannot be fitted."""
    try:
        fit: Fit | None = fit_photo(picture, model)
    except InputError:
        fit = None
    if fit is None or not fit.ok:
        return np.full(len(model.expression_basis), np.nan)
    return fit.coefficients.expression.astype(np.float64)


def report(name: str, loops: list[Loop], model: MorphableModel) -> None:
    """A table of the means over photos, and how often each Action Unit rises most."""
    meter, motion = ActionMeter.of(model), motion_of(model)
    asked = np.stack([meter.intensities(loop.asked) for loop in loops])
    found = np.stack([meter.intensities(loop.found) for loop in loops])
    change, error = (
        np.stack([part * motion for part in parts])
        for parts in zip(*((loop.asked, loop.found - loop.asked) for loop in loops), strict=True)
    )
    left = np.linalg.norm(error, axis=-1) / np.linalg.norm(change, axis=-1)
    seen = change + error
    like = (seen * change).sum(-1) / np.linalg.norm(seen, axis=-1) / np.linalg.norm(change, axis=-1)
    first = (found.argmax(-1) == np.arange(UNITS)) & np.isfinite(found).all(-1)
    read, went = (np.stack(parts) for parts in zip(*((loop.read, loop.went) for loop in loops), strict=True))
    seen_first = read.argmax(-1) == np.arange(UNITS)
    print(f"\n{name}: the Action Unit asked for rises most for {first.sum(-1).mean():.1f} of {UNITS}\n")
    print("| AU | asked | found | the next | rises most | cosine | error | way of landmarks | read | rises most |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for k, unit in enumerate(AU_NAMES):
        others = np.delete(found[:, k].mean(0), k)
        rival = np.delete(np.array(AU_NAMES), k)[int(np.argmax(others))]
        print(
            f"| {unit} | {asked[:, k, k].mean():.1f} | {found[:, k, k].mean():.1f} | {rival} {others.max():.1f} | "
            f"{first[:, k].sum()} of {len(loops)} | {like[:, k].mean():.2f} | {left[:, k].mean():.0%} | "
            f"{went[:, k].mean():.2f} | {read[:, k, k].mean():.1f} | {seen_first[:, k].sum()} of {len(loops)} |"
        )
    own = np.arange(UNITS)
    print(
        f"| mean | {asked[:, own, own].mean():.1f} | {found[:, own, own].mean():.1f} | | {first.mean():.0%} | "
        f"{like.mean():.2f} | {left.mean():.0%} | {went.mean():.2f} | {read[:, own, own].mean():.1f} | "
        f"{seen_first.mean():.0%} |"
    )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=3, help="rendered people")
    parser.add_argument("--photo", type=Path, nargs="*", default=[], help="further photos")
    args = parser.parse_args()
    model = builtin_face()
    rendered: list[Loop] = []
    for name, image in photos(args.photo, args.people, model):
        loop = run(name, image, model)
        if name.startswith("rendered"):
            rendered.append(loop)
        else:
            report(name, [loop], model)
    if rendered:
        report(f"rendered people ({len(rendered)})", rendered, model)


if __name__ == "__main__":
    main()
