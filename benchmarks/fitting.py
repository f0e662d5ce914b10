"""How well rendered people's coefficients are found whom no training has seen; prints tables.

    python benchmarks/fitting.py [--people 500] [--yaw 45] [--fitter DIR] [--face-model MODEL]

The photos, 336 x 336 pixels, show people drawn from the face model with the statistics of DISFA's Action Units, turned
up to `--yaw` degrees, with hair, clutter, hands and glasses, noise and JPEG; the detector finds them or not. The mean
face answers the same for everybody; "true points" meets the true places of the dense landmarks, weighed as usual, and
tells what better landmarks would be worth; "landmarks" starts the fit from the landmarks alone. Vertices are compared
after rigid motion, as a share of the mean face's distance also after one that may scale: a picture hardly tells how
large somebody is. What a fit tells of its own errors is compared with what they are. Speed is measured in the same run,
the regressor's on aligned pictures in batches.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from au_tf import startup
from au_tf.arrays import Bool, Float64

startup.start_tensorflow()

from au_tf.fitting.accuracy import weighted_correlation
from au_tf.fitting.fit import Fit, fit_face
from au_tf.fitting.refine.dense_points import dense_vertices
from au_tf.fitting.refine.face_surface import FaceSurface
from au_tf.fitting.refine.landmark_fit import place_by_landmarks
from au_tf.fitting.refine.landmark_term import LandmarkTerm
from au_tf.fitting.regress.initial_pose import surface_for
from au_tf.fitting.regress.regressor import Regressor
from au_tf.fitting.reliability import reliability
from au_tf.fitting.synthetic.benchmark import Benchmark, FitErrors, draw_benchmark, fit_errors, motion_of
from au_tf.fitting.synthetic.landmark_errors import DetectorError, Outline
from au_tf.fitting.synthetic.picture_store import SceneSampler
from au_tf.fitting.synthetic.scenes import YAW
from au_tf.fitting.synthetic.synthetic_camera import SyntheticCamera
from au_tf.geometry.camera import Camera
from au_tf.morphable import Coefficients, MorphableModel
from au_tf.morphable.load import load_face_model
from au_tf.rendering.native.batch_renderer import BatchRenderer
from au_tf.simulation.population import draw_expressions

BATCH, ROUNDS = 64, 8


def mean_face(benchmark: Benchmark) -> Coefficients:
    """The mean face, looking at the camera in grey light."""
    true = benchmark.scenes.coefficients
    zeros = {name: np.zeros_like(value) for name, value in vars(true).items() if name != "translation"}
    zeros["lighting"] = zeros["lighting"] + np.mean(true.lighting, (0, 2))[None, :, None]
    return Coefficients(**zeros, translation=true.translation)


def table(benchmark: Benchmark, found: dict[str, Coefficients], marks: dict[str, FitErrors], motion: Float64) -> None:
    """One line for each group of photos and way of finding."""
    print("| photos | count | found by | vertices, mm | of the mean face's | scaled | expression | pose, ° | colour |")
    print("|---|---|---|---|---|---|---|---|---|")
    true = benchmark.scenes.coefficients.expression
    for group, chosen in groups(benchmark).items():
        for name, m in marks.items():
            shape, mean = m.shape[chosen].mean(), m.mean_face[chosen].mean()
            expression = weighted_correlation(found[name].expression[chosen], true[chosen], motion)
            scaled = m.scaled[chosen].mean() / m.mean_face_scaled[chosen].mean()
            numbers = (
                f"{shape:.2f} | {shape / mean:.0%} | {scaled:.0%} | {expression:.2f} | {m.turn[chosen].mean():.1f}"
            )
            print(f"| {group} | {chosen.sum()} | {name} | {numbers} | {m.colour[chosen].mean():.0f} |")


def groups(benchmark: Benchmark) -> dict[str, Bool]:
    """All photos, and by how far the face is turned and covered."""
    yaw, covered = np.abs(benchmark.yaw), benchmark.covered
    limits = (0, 15, 30, 45, 60, 91)
    turned = {f"yaw {a} to {b}": (yaw >= a) & (yaw < b) for a, b in pairwise(limits)}
    hidden = {
        "not covered": covered == 0,
        "covered up to 10%": (covered > 0) & (covered <= 0.1),
        "covered more": covered > 0.1,
    }
    every = {"all": np.ones(len(yaw), bool)} | turned | hidden
    return {name: rows for name, rows in every.items() if rows.any()}


def cameras(benchmark: Benchmark) -> list[Camera]:
    """That of each photo."""
    height, width = benchmark.photos.shape[1:3]
    return [replace(benchmark.cameras[row], height=height, width=width) for row in range(len(benchmark.photos))]


def refined(benchmark: Benchmark, surface: FaceSurface) -> tuple[list[Fit], float]:
    """Every photo fitted, and the median of the seconds of processor time that it took."""
    fits, taken = [], []
    for photo, face, camera in zip(benchmark.photos, benchmark.faces, cameras(benchmark), strict=True):
        start = time.process_time()
        fits.append(fit_face(photo, surface, face, camera))
        taken.append(time.process_time() - start)
    return fits, float(np.median(taken))


def by_true_points(benchmark: Benchmark, model: MorphableModel, surface: FaceSurface) -> Coefficients:
    """What meets the true places of the dense landmarks; without light or skin."""
    shapes, true, found = model.shapes.at(dense_vertices(model)), benchmark.scenes.coefficients, []
    for row, (face, camera) in enumerate(zip(benchmark.faces, cameras(benchmark), strict=True)):
        own = true[slice(row, row + 1)]
        points = own.pose.apply(shapes(own.identity, own.expression).astype(np.float64))
        term = LandmarkTerm.of_face(face, surface.marks, camera, benchmark.photos.shape[1:3])
        places = benchmark.cameras[slice(row, row + 1)].project(points)[0, :, :2]
        with threadpool_limits(1, "blas"):
            placed, _ = place_by_landmarks(replace(term, landmarks=np.asarray(places, np.float64)))
        told = surface.coefficients(placed.shape, np.zeros(surface.albedo.size))
        turn, shift = placed.turn.as_rotvec().astype(np.float32), placed.shift.astype(np.float32)
        found.append(Coefficients(**told, rotation=turn, translation=shift, lighting=true.lighting[row]))
    return Coefficients.stack(found)


def honesty(benchmark: Benchmark, fits: list[Fit], marks: FitErrors, motion: Float64) -> None:
    """What fits tell of their own errors, and what these are."""
    told = np.array([fit.uncertainty for fit in fits])
    off = np.array([fit.coefficients.expression for fit in fits]) - benchmark.scenes.coefficients.expression
    size = [np.sqrt(((values * motion) ** 2).mean(0)) for values in (told, off)]
    face = [np.sqrt(((values * motion) ** 2).mean(1)) for values in (told, off)]
    landmarks = np.array([reliability(fit.face).landmark_error for fit in fits])
    print("\nTold and true error, correlation:")
    ratio = size[0].mean() / size[1].mean()
    print(f"- of each expression coefficient, over photos: {_r(*size):.2f}; told {ratio:.2f} of it")
    print(f"- of each photo's expression: {_r(*face):.2f}")
    print(f"- expected of landmarks, and vertices after a motion that may scale: {_r(landmarks, marks.scaled):.2f}")
    ok = np.array([fit.ok for fit in fits])
    for name, rows in (("relied on", ok), ("not relied on", ~ok)):
        if rows.any():
            share = marks.scaled[rows].mean() / marks.mean_face_scaled[rows].mean()
            print(f"- {name}: {rows.sum()}, vertices scaled {share:.0%}, pose {marks.turn[rows].mean():.1f} degrees")
    for reason in sorted({fit.reason for fit in fits} - {""}):
        print(f"  {reason}")


def _r(a: Float64, b: Float64) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def faces_a_second(regressor: Regressor) -> float:
    """Median over rounds of batches of aligned pictures, after one to warm up."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH, 224, 224, 3)).astype(np.uint8)
    landmarks = regressor.scales.landmarks + rng.normal(0, 2, (BATCH, 68, 2))
    view = Camera(np.full(BATCH, 900.0), np.full((BATCH, 2), 111.5), 224, 224)
    regressor.regress(images, landmarks, view)
    return BATCH / float(
        np.median([seconds(lambda: regressor.regress(images, landmarks, view)) for _ in range(ROUNDS)])
    )


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--yaw", type=float, default=YAW)
    parser.add_argument("--fitter", type=Path, help="the folder of a trained regressor (default: the shipped one)")
    parser.add_argument("--face-model", default="builtin")
    args = parser.parse_args()
    model = load_face_model(args.face_model)
    surface = surface_for(model, None if args.fitter is None else Regressor.load(args.fitter))
    expressions = lambda count, rng: draw_expressions(model, count, rng)  # noqa: E731
    sampler = SceneSampler(
        model, SyntheticCamera(BatchRenderer(model)), Outline.of(model), DetectorError.none(), expressions
    )
    benchmark = draw_benchmark(sampler, args.people, yaw=args.yaw)
    found = {"mean face": mean_face(benchmark), "true points": by_true_points(benchmark, model, surface)}
    fits, each = refined(benchmark, replace(surface, regressor=None))
    found["landmarks, refined"] = Coefficients.stack([fit.coefficients for fit in fits])
    if surface.regressor is not None:
        regression = surface.regressor.regress_faces(list(benchmark.photos), benchmark.landmarks, benchmark.cameras)
        found["regressor"] = regression.coefficients
        again, each = refined(benchmark, surface)
        found["regressor, refined"] = Coefficients.stack([fit.coefficients for fit in again])
    marks = {name: fit_errors(benchmark, coefficients, sampler) for name, coefficients in found.items()}
    print(f"Found {len(benchmark.photos)} of {benchmark.drawn} faces.\n")
    table(benchmark, found, marks, motion_of(model))
    honesty(benchmark, fits, marks["landmarks, refined"], motion_of(model))
    print(f"\nSeconds of processor time for a refined fit, median: {each:.2f}")
    if surface.regressor is not None:
        trust = np.corrcoef(regression.error, marks["regressor"].shape)[0, 1]
        print(f"Correlation of the regressor's expected with its true error of the vertices: {trust:.2f}")
        print(f"Aligned pictures a second, in batches of {BATCH}: {faces_a_second(surface.regressor):.0f}")


if __name__ == "__main__":
    main()
